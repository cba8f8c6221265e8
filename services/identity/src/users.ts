/** A user of the local stack. There are no passwords: this provider never runs where they would be needed. */
export interface DemoUser {
  readonly id: string;
  readonly name: string;
  readonly about: string;
  readonly groups: readonly string[];
  /** External ids of the tenants the user may work in, with all below them; when undefined a super administrator may work in every tenant, anybody else in none. */
  readonly tenants?: readonly string[];
}

export const DEMO_USERS: readonly DemoUser[] = [
  { id: 'admin', name: 'Ada Admin', about: 'super administrator of every tenant', groups: ['mps-superadmin', 'tenantAdmin'] },
  { id: 'operator', name: 'Otto Operator', about: 'may look at Acme', groups: ['runtimeOperator'], tenants: ['acme'] },
  { id: 'viewer', name: 'Vera Viewer', about: 'belongs to Acme and has no rights there', groups: [], tenants: ['acme'] },
  { id: 'partner', name: 'Petra Partner', about: 'administrator of Globex only', groups: ['mps-superadmin'], tenants: ['globex'] },
];

export const findUser = (id: string): DemoUser | undefined => DEMO_USERS.find((user) => user.id === id);

/** One SQL statement with its parameters. */
export interface Statement {
  /** Short and stable, such as `applications.page`: it begins the name of the prepared statement and stands in slow-query logs. */
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

import type { Page, Response } from 'playwright-core';

const isCall = (response: Response): boolean => response.url().endsWith('/director/graphql');
const asksForSchema = (response: Response): boolean => (response.request().postData() ?? '').includes('IntrospectionQuery');
const asksForTenants = (response: Response): boolean => (response.request().postData() ?? '').includes('tenants(first');

/** Logs in by the button of the playground; done when both editors are there and the schema has come: what is clicked earlier is not heard. */
export async function logIn(page: Page, user: string): Promise<void> {
  await page.getByRole('button', { name: 'Log in' }).click();
  const schema = page.waitForResponse((response) => isCall(response) && asksForSchema(response));
  await page.locator(`button[value=${user}]`).click();
  await page.getByRole('button', { name: 'Log out' }).waitFor();
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  await page.locator('.graphiql-response .monaco-editor').first().waitFor();
  await (await schema).finished();
}

export const chooseExample = (page: Page, example: string): Promise<readonly string[]> => page.getByLabel('Example').selectOption(example);

/** Runs what is in the editor; answers the result as it is shown. */
export async function runQuery(page: Page): Promise<string> {
  const answered = page.waitForResponse((response) => isCall(response) && !asksForSchema(response) && !asksForTenants(response));
  await page.getByRole('button', { name: /^Execute query/ }).click();
  await (await answered).finished();
  await page.locator('.graphiql-response .view-line').nth(1).waitFor();
  return (await page.locator('.graphiql-response .view-lines').innerText()).replaceAll('\u00a0', ' ');
}

/**
 * GraphiQL says of its list of tabs that each item is a tab, with buttons inside; no assistive technology can reach these. Here the items are
 * what they look like: a list whose entries hold a button that opens and one that closes.
 */
export function mendTabRoles(container: HTMLElement): () => void {
  const mend = (): void => {
    for (const list of container.querySelectorAll('.graphiql-tabs')) set(list, 'role', 'list');
    for (const item of container.querySelectorAll('.graphiql-tab')) {
      set(item, 'role', 'listitem');
      item.removeAttribute('aria-selected');
      const open = item.querySelector('.graphiql-tab-button');
      if (open) set(open, 'aria-current', String(item.classList.contains('graphiql-tab-active')));
    }
  };
  const observer = new MutationObserver(mend);
  observer.observe(container, { subtree: true, childList: true, attributes: true, attributeFilter: ['class', 'role', 'aria-selected'] });
  mend();
  return () => observer.disconnect();
}

/** Only what differs is written: each write wakes the observer. */
function set(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

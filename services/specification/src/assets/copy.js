/** A button beside each example that copies it; made here, since without script it could do nothing. */
for (const actions of document.querySelectorAll('.actions[data-copies]')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy';
  button.addEventListener('click', () => {
    const text = document.getElementById(actions.dataset.copies)?.textContent ?? '';
    void navigator.clipboard.writeText(text).then(
      () => (button.textContent = 'Copied'),
      () => (button.textContent = 'Select and copy'),
    );
    setTimeout(() => (button.textContent = 'Copy'), 2_000);
  });
  actions.append(button);
}

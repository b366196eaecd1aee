// Where the person is. It is the part of the address after "#", which the browser never sends
// to the hub: `#/chat/ID`, `#/requests`, `#/new`, `#/settings`.
export interface Route {
  // "" is the list of chats alone.
  name: string;
  argument: string;
}

export const route = $state<Route>(read());

addEventListener('hashchange', () => Object.assign(route, read()));

function read(): Route {
  const [, name = '', argument = ''] = location.hash.split('/');
  return { name, argument: decoded(argument) };
}

// Whatever somebody wrote there.
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

export const href = (name: string, argument = '') =>
  name === '' ? '#/' : `#/${name}${argument === '' ? '' : `/${encodeURIComponent(argument)}`}`;

// `replace`: "back" does not lead to where one was.
export function go(name: string, argument = '', replace = false): void {
  const where = href(name, argument);
  if (replace) location.replace(where);
  else location.hash = where;
}

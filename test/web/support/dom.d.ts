// What the tests evaluate in a browser. The library `dom` would give these names to the whole product, which runs in Node.
interface PageElement {
  outerHTML: string;
  closest: (selector: string) => PageElement | null;
  getBoundingClientRect: () => { right: number };
  scrollWidth: number;
  clientWidth: number;
  scrollHeight: number;
  clientHeight: number;
  style: { width: string };
}
declare const document: {
  querySelectorAll: (selector: string) => Iterable<PageElement>;
  documentElement: { scrollWidth: number };
  activeElement: { getAttribute: (name: string) => string | null } | null;
};
declare const innerWidth: number;
declare const localStorage: object;
declare const sessionStorage: { length: number };

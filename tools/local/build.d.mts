/** The folder of package.json, with a slash at the end. */
export declare const root: string;
export declare function ensureBuilt(say?: (note: string) => void): Promise<void>;
export declare function ensurePageBuilt(say?: (note: string) => void): Promise<void>;

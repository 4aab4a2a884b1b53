// What palette.js adds to a page.

/** The palette, if it is open. */
declare var latchkeyPalette: () => Element | null;
/** Whether this text stands in an entry of the palette. */
declare var latchkeyAnswers: (wanted: string) => boolean;
declare var latchkeyWatch: (event: "keydown" | "input", wanted: string | null) => void;
/** Milliseconds, once they are known. */
declare var latchkeyTime: number | undefined;

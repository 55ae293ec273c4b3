// The symbol by which objects tell notebooks how they look.

/** Objects with a method of this name tell a notebook how they look: it returns a MIME bundle, or a promise of one. */
export const JUPYTER_DISPLAY: unique symbol = Symbol.for("Jupyter.display") as never;

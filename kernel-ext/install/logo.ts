// The kernel's picture in the launcher: a mill wheel over a stream.

const paddles = Array.from(
	{ length: 8 },
	(_, i) => `<path d="M32 28V8M26 8h12" transform="rotate(${i * 45} 32 28)"/>`,
).join("");

/** An SVG of 64 × 64 user units. */
export const kernelLogo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">
<g fill="none" stroke="#8a5a2b" stroke-width="3.5" stroke-linecap="round"><circle cx="32" cy="28" r="13"/>${paddles}</g>
<circle cx="32" cy="28" r="4" fill="#8a5a2b"/>
<path d="M2 52c5-5 10-5 15 0s10 5 15 0 10-5 15 0 10 5 15 0" fill="none" stroke="#2f7fd1" stroke-width="5" stroke-linecap="round"/>
</svg>
`;

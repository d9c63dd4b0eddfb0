/** Numbers of intervals in a chart: enough for its width, and few enough for a small page. */

/** Of the lines and areas. */
export const POINTS = 120

/** Of the texts on hover. */
export const READOUTS = 60

/** Rows of the table below a chart. */
export const ROWS = 12

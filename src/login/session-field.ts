/** Name of the hidden field that says which session a form is about. */
export const sessionField = "session";

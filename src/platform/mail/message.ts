/** A mail as it goes out, whatever carries it. */
export type Mail = {
  /** the same at every repetition: receivers know by it what they have already had */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
};

/** Who it comes from. */
export type Sender = { readonly address: string; readonly name: string; readonly replyTo: string };

/** Whose providers are wanted: a company by its number in the CRM, or by its own id. */
export type SigningCompany = { readonly crmId: number } | { readonly uuid: string };

export interface SigningProviderQuery {
  readonly company: SigningCompany;
  readonly offset: number;
  readonly limit: number;
}

/** Who signs for a company. */
export interface SigningProvider {
  /** What the start of a signing names. */
  readonly uid: string;
  /** The kind of provider, e.g. `ses-ru`. */
  readonly code: string;
  readonly name: string;
  /** Since when it is there; `null`: not told. */
  readonly createdAt: Date | null;
  /** `null`: it does not expire, or nobody told. */
  readonly expiresAt: Date | null;
}

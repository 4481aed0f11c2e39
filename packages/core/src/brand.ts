/** A `Base` that was checked to be a `Name`; made only by the parser of that name. The property exists in types only. */
export type Brand<Base, Name extends string> = Base & { readonly '~brand': Name };

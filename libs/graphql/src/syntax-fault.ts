import { GraphQLError, parse } from 'graphql';

/** What is wrong with the syntax of a document, in the parser's words; undefined when nothing is. */
export function syntaxFault(document: string): string | undefined {
  try {
    parse(document, { noLocation: true });
    return undefined;
  } catch (error) {
    return error instanceof GraphQLError ? error.message : 'the document cannot be parsed';
  }
}

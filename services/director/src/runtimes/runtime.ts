type Labels = Readonly<Record<string, unknown>>;

const UNMODIFIABLE = /^xsappnameCMPClone$|^runtimeType$|^CMPSaaSAppName$/;
const EVENTING_MARK = /.*_defaultEventing/;

/** Labels that callers cannot change once they are there. */
export const isUnmodifiable = (key: string): boolean => UNMODIFIABLE.test(key);

/** Labels that are neither taken nor shown. */
export const isHidden = (key: string): boolean => EVENTING_MARK.test(key);

/** What remains of the labels a caller gives; `isNormalized` is there unless given. */
export function acceptedLabels(given: Labels): Labels {
  const kept = Object.entries(given).filter(([key]) => !isUnmodifiable(key) && !isHidden(key));
  return { isNormalized: 'true', ...Object.fromEntries(kept) };
}

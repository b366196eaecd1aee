// "3 messages": the form of a language for a number, and the number as that language writes it.
//
//   const count = plural<'one' | 'other'>('en');
//   count(3, { one: '# message', other: '# messages' });
//
// The type names the forms that the language has, so that none is forgotten.
export function plural<Form extends Intl.LDMLPluralRule>(language: string) {
  const rules = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  return (count: number, forms: Record<Form | 'other', string>): string => {
    const form = rules.select(count);
    const text = form in forms ? forms[form as Form] : forms.other;
    return text.replace('#', numbers.format(count));
  };
}

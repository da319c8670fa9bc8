/** Stands for `@huggingface/transformers`: its models rate by what is in their texts. */
export function pipeline(task: string, model: string) {
  if (task !== 'text-classification' || model === 'missing')
    return Promise.reject(new Error(`no model ${model}`));
  return Promise.resolve((text: string): Promise<unknown> => {
    if (text.includes('hang')) return new Promise(() => undefined);
    while (text.includes('spin'));
    if (text.includes('crash')) {
      setImmediate(() => {
        throw new Error('it has crashed');
      });
      return new Promise(() => undefined);
    }
    if (text.includes('nonsense')) return Promise.resolve('toxic');
    const score = text.includes('bad') ? 0.9 : 0.1;
    return Promise.resolve([
      { label: 'toxic', score },
      { label: 'safe', score: 1 - score },
    ]);
  });
}

/** A comment's line in a generated region's file: `# begin generated: users` or `<!-- begin generated: users -->`. */
const line = (edge: 'begin' | 'end', name: string) =>
  `^[^\\S\\n]*(?:#|<!--) ${edge} generated: ${name}\\b.*\\n`;

/**
 * A file's text with what stands between `# begin generated: <name>` and `# end generated: <name>` replaced, so that what is
 * generated and what is written by hand can stand in one file. Throws where a region is not there.
 */
export function fillRegions(text: string, regions: Readonly<Record<string, string>>): string {
  return Object.entries(regions).reduce((filled, [name, content]) => {
    const region = new RegExp(`(${line('begin', name)})[^]*?(${line('end', name)})`, 'm');
    if (!region.test(filled)) throw new Error(`the file has no region "${name}" for what is generated`);
    return filled.replace(region, (_whole, begin: string, end: string) => `${begin}${content}${end}`);
  }, text);
}

import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['**/node_modules/', '**/.weir/', '**/.turbo/', 'infra/checks/fixtures/', 'reports/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A rejected promise that nobody waits for is a request that nobody answers.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      // A new member of a union must be thought of wherever the union is taken apart.
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Types are trusted inside a boundary only because nothing is `any`.
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // Numbers read well in a template, and they cannot print as [object Object].
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // `interface` and `type` each have their use; the choice is not worth an error.
      '@typescript-eslint/consistent-type-definitions': 'off',
      // Index signatures are read with brackets: the compiler demands it.
      '@typescript-eslint/dot-notation': 'off',
      // A composition of small async functions often has one that waits for nothing yet.
      '@typescript-eslint/require-await': 'off',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    // What comes from outside is measured before it is parsed. Of the libraries, those without the kit read their own files. It is
    // another rule than the one of collections below: of two settings of one rule the later one alone would hold.
    files: [
      'services/*/src/**/*.ts',
      'libs/{service-kit,cache-client,admin-client,embeddings}/src/**/*.ts',
      'cli/src/**/*.ts',
    ],
    ignores: ['**/*.test.ts', 'libs/service-kit/src/{bounded-json,exact-json}.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='JSON'][property.name='parse']",
          message:
            'Use parseBoundedJson or JsonReader; parseMeasuredJson for what was measured before; parseOwnJson for what Weir or its operators have written.',
        },
      ],
    },
  },
  {
    files: ['infra/**', 'bench/**', 'eval/**', '**/*.test.ts', 'test/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['{services,libs,cli}/**/src/**/*.ts'],
    ignores: ['**/*.test.ts', 'libs/testkit/**'],
    plugins: { regexp },
    rules: {
      // A stranger's text may be megabytes: the square of that is minutes, in which nothing else is done.
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential' }],
    },
  },
  {
    files: ['services/*/src/**/*.ts', 'libs/{contracts,service-kit,embeddings}/src/**/*.ts'],
    // What operators write is told all that is wrong with it.
    ignores: ['**/*.test.ts', '**/config.ts', 'services/router/src/providers/from-file.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['array', 'record'].map((property) => ({
          object: 'z',
          property,
          message: `Of a stranger's list it tells of each item what is wrong: ${property}Of (contracts/collections) stops at the first.`,
        })),
      ],
    },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
    rules: { 'no-console': 'off' },
  },
);

export type OppositionKind = 'antonym' | 'comparative' | 'scope' | 'date' | 'unit' | 'currency' | 'entity';

/** By kind: lines of poles, apart by "|", each of terms, apart by ",". Two poles of a line exclude each other. */
export type OppositionTable = Readonly<Partial<Record<OppositionKind, readonly string[]>>>;

/** Kinds of columns that several tables have. */
import type { ColumnType, Generated } from 'kysely'

/** SQLite has no booleans: they go in as themselves and come out as 0 or 1. */
export type Flag = ColumnType<number, boolean, boolean>

/** Grows by one with every row, so that rows can be read in the order they were added. */
export type Seq = Generated<number>

import type { DataSource } from '../kinds/data-source.js'
import type { Place } from './violations.js'

/** A data source, where there is one, names something. */
export function checkDataSource(at: Place, source: DataSource | undefined): void {
  if (source && !source.inline && !source.inlineString && !source.secret && !source.file) at.add('data source cannot be empty')
}

/** Every server calls every other: which test proves each ordered pair of products, run one after the other. */
import type { ProbeReport, ProductName } from '../products/product.ts'
import { type FoundServer, openAdminClient, problemText, UnreachableError } from './admin-client.ts'

/** One ordered pair, and how its test went. */
export interface MatrixCell {
  readonly caller: string
  readonly callee: string
  readonly test: string
  readonly outcome: 'passed' | 'failed' | 'unreachable'
  readonly milliseconds: number
  /** What was seen last: of a failure, its code and what to do. */
  readonly detail: string
  readonly report?: ProbeReport
}

interface Test {
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
}

/** The test of a pair: the one that its products are known by, else the plain call. As itself there is only the plain one. */
export function testOf(caller: ProductName, callee: FoundServer, sipUri: string | undefined): Test {
  const { product: partner, url } = callee
  if (sipUri !== undefined) {
    if (caller === 'lync' && partner === 'exchange')
      return { name: 'storage-connectivity', input: { sipUri, deleteItem: true } }
    if (caller === 'lync' && partner === 'sharepoint')
      return { name: 'archive-search', input: { sipUri, url } }
    if (caller !== 'lync' && partner !== 'lync') return { name: 'site-mailbox', input: { sipUri, url } }
  }
  return { name: 'partner-connectivity', input: { partner, url, ...(sipUri !== undefined && { sipUri }) } }
}

/** Runs the test of every ordered pair of different products; as the user, or as each application itself. */
export async function runMatrix(
  dataDir: string,
  servers: readonly FoundServer[],
  sipUri: string | undefined,
  tokenFile?: string,
): Promise<MatrixCell[]> {
  const cells: MatrixCell[] = []
  for (const caller of servers) {
    for (const callee of servers) {
      if (caller.product === callee.product || !canCall(caller, callee)) continue
      const test = testOf(caller.product, callee, sipUri)
      const pair = { caller: caller.name, callee: callee.name, test: test.name }
      cells.push({ ...pair, ...(await runTest(dataDir, caller.name, test, tokenFile)) })
    }
  }
  return cells
}

/** Whether servers of these products call each other: a token server calls nobody, and is called with assertions alone. */
export function canCall(...pair: readonly FoundServer[]): boolean {
  return pair.every(({ product }) => product !== 'token-server')
}

async function runTest(
  dataDir: string,
  server: string,
  { name, input }: Test,
  tokenFile: string | undefined,
): Promise<Omit<MatrixCell, 'caller' | 'callee' | 'test'>> {
  const client = openAdminClient(dataDir, server, tokenFile)
  try {
    const answer = await client.call('POST', `/tests/${name}`, input)
    if (answer.status !== 200) return { outcome: 'failed', milliseconds: 0, detail: problemText(answer) }
    return cellOf(answer.body as ProbeReport)
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error
    return { outcome: 'unreachable', milliseconds: 0, detail: error.message }
  } finally {
    await client.close()
  }
}

function cellOf(report: ProbeReport): Omit<MatrixCell, 'caller' | 'callee' | 'test'> {
  const { steps, failure, passed } = report
  const milliseconds = Math.round(steps.reduce((sum, step) => sum + step.milliseconds, 0))
  const last = steps.findLast(({ outcome }) => outcome !== 'skipped')
  const detail = failure === undefined ? (last?.detail ?? '') : `${failure.code}: ${failure.mend}`
  const outcome = passed ? 'passed' : failure?.code === 'unreachable' ? 'unreachable' : 'failed'
  return { outcome, milliseconds, detail, report }
}

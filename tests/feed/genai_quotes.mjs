// Requests and their prices as the npm package @pydantic/genai-prices computes them.
// Usage: node genai_quotes.mjs PACKAGE_FOLDER OUT_FOLDER; writes data.json, requests.csv and expected.csv.
import fs from 'node:fs'
import path from 'node:path'

const [, , packageFolder, out] = process.argv
const { calcPrice, findProvider } = await import(path.resolve(packageFolder, 'dist/index.js'))
const ids = ['anthropic', 'avian', 'aws', 'azure', 'baseten', 'cerebras', 'cloudflare', 'cohere', 'deepseek', 'fireworks',
  'google', 'groq', 'huggingface_novita', 'huggingface_together', 'mistral', 'moonshotai', 'novita', 'openai', 'openrouter',
  'ovhcloud', 'perplexity', 'together', 'x-ai']
const usages = [[12345, 2345, 0, 678], [300001, 100000, 0, 1500], [1000, 0, 0, 200000], [272000, 0, 0, 10], [50000, 10000, 5000, 100]]
const providers = ids.map((providerId) => findProvider({ providerId })).filter((p) => p)
const requests = ['provider,model,in,cached,written,out'], expected = []
const timestamp = new Date('2026-09-24T12:00:00Z')
for (const provider of providers) {
  for (const model of provider.models) {
    for (const [input, cached, written, output] of usages) {
      const usage = { input_tokens: input, cache_read_tokens: cached, cache_write_tokens: written, output_tokens: output }
      let result = null
      try {
        result = calcPrice(usage, model.id, { provider, timestamp })
      } catch {
        continue
      }
      // A name may match another model of the seller first; then the package prices that one.
      if (!result || result.model.id !== model.id || result.total_price === 0) continue
      // Images, searches and audio have prices of their own that plain text does not touch.
      // A fee per request is quarantined by the importer: the table cannot hold it.
      if ('requests_kcount' in result.model_price) continue
      if (!('input_mtok' in result.model_price) || !('output_mtok' in result.model_price)) continue
      const seller = provider.id === 'aws' ? 'bedrock' : provider.id
      requests.push(`${seller},${model.id.toLowerCase()},${input},${cached},${written},${output}`)
      expected.push(result.total_price)
    }
  }
}
// The matching rules are functions of their own; the importer wants ids and prices.
const plain = providers.map((p) => ({ id: p.id, api_pattern: '', models: p.models.map((m) => ({ id: m.id, prices: m.prices })) }))
fs.writeFileSync(path.join(out, 'data.json'), JSON.stringify(plain))
fs.writeFileSync(path.join(out, 'requests.csv'), requests.join('\n') + '\n')
fs.writeFileSync(path.join(out, 'expected.csv'), expected.join('\n') + '\n')

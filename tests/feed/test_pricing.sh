#!/usr/bin/env bash
# tier: check
# The shipped price book keeps its own rules: format, dates, unique keys, known ids, sane numbers, anchors.
set -u
cd "$(dirname "$0")/../.." || exit 1
exec python3 - <<'PYTHON'
import csv, datetime, glob, os, re, sys

TAIL = ['valid_from', 'seen_until', 'source', 'retrieved_on', 'note']
KEYS = {
    'accelerators': ['gpu'], 'aliases': ['kind', 'alias'], 'fx': ['currency'], 'contracts': ['provider', 'customer', 'rule', 'item'], 'api_prices': ['provider', 'model', 'tier'],
    'engine_shares': ['engine', 'phase', 'weight_format'], 'facility': ['item', 'region'], 'gpu_rental': ['provider', 'region', 'gpu', 'gpus_per_instance', 'term'],
    'licences': ['licence'], 'models': ['model'], 'networking': ['provider', 'item', 'region', 'tier_from_gb'],
    'profiles': ['hour_of_week'], 'staffing': ['role', 'country', 'level', 'measure'],
}
TEXT = {'covers', 'limit', 'name', 'vendor', 'hf_id', 'licence', 'models', 'commercial_use', 'threshold_unit', 'above_threshold_rule',
        'other_obligations', 'may_host_for_third_parties', 'unit', 'id'}
failures = 0


def report(fact, faults):
    global failures
    faults = list(faults)
    if faults:
        failures += 1
        print('not ok - ' + fact)
        for fault in faults[:10]:
            print('    # %s' % (fault,))
    else:
        print('ok - ' + fact)


def is_date(text):
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def days(text):
    return datetime.date.fromisoformat(text).toordinal()


book, headers = {}, {}
for name, keys in KEYS.items():
    path = 'pricing/%s.csv' % name
    raw = open(path, 'rb').read()
    text = raw.decode('utf-8')
    rows = list(csv.reader(text.splitlines()))
    header, body = rows[0], [dict(zip(rows[0], r), line=n) for n, r in enumerate(rows[1:], 2)]
    book[name], headers[name] = body, header
    values = header[len(keys):-len(TAIL)]
    report(name + ': UTF-8 without mark, LF, last line ended',
           [] if raw[:3] != b'\xef\xbb\xbf' and b'\r' not in raw and raw.endswith(b'\n') else ['see the bytes'])
    report(name + ': key columns, values, then ' + ','.join(TAIL),
           [] if header[:len(keys)] == keys and header[-len(TAIL):] == TAIL and values else [header])
    report(name + ': as many fields in a row as in the header',
           ['line %d' % n for n, r in enumerate(rows[1:], 2) if len(r) != len(header)])
    report(name + ': no space around a field',
           ['line %d' % n for n, r in enumerate(rows, 1) if any(f != f.strip() for f in r)])
    report(name + ': every row has source and retrieved_on',
           [r['line'] for r in body if not r['source'] or not is_date(r['retrieved_on'])])
    report(name + ': dates are ISO and a row does not end before it starts',
           [r['line'] for r in body if not is_date(r['valid_from']) or
            (r['seen_until'] and not (is_date(r['seen_until']) and r['valid_from'] <= r['seen_until']))])
    seen = set()
    double = []
    for r in body:
        key = tuple(r[k] for k in keys) + (r['valid_from'],)
        double += [key] if key in seen else []
        seen.add(key)
    report(name + ': key and valid_from are unique, no key field is empty',
           double + [r['line'] for r in body if not all(r[k] for k in keys)])
    report(name + ': numbers are plain decimals and not negative',
           ['line %d %s=%s' % (r['line'], v, r[v]) for r in body for v in values
            if v not in TEXT and r[v] and not re.fullmatch(r'\d+(\.\d+)?', r[v])])
    series = {}
    for r in body:
        series.setdefault(tuple(r[k] for k in keys), []).append(r)
    report(name + ': rows of a key follow one another without overlap',
           [a['line'] for rows_ in series.values() for a, b in zip(rows_, rows_[1:])
            if not (a['seen_until'] and a['valid_from'] < b['valid_from'] and a['seen_until'] < b['valid_from'])])
    report(name + ': a row only where a price changed or came back',
           [b['line'] for rows_ in series.values() for a, b in zip(rows_, rows_[1:])
            if all(a[v] == b[v] for v in values) and days(b['valid_from']) - days(a['seen_until']) == 1])

gpus = {r['gpu']: r for r in book['accelerators']}
models = {r['model']: r for r in book['models']}
report('gpu_rental: every accelerator is known', {r['gpu'] for r in book['gpu_rental']} - set(gpus))
report('gpu_rental: terms are known', {r['term'] for r in book['gpu_rental']} -
       {'on_demand', 'spot', 'reserved_12mo', 'reserved_36mo', 'capacity_block', 'marketplace'})
report('gpu_rental: 0.01 to 100 USD an hour', [r['line'] for r in book['gpu_rental']
                                              if not 0.01 <= float(r['usd_per_gpu_h']) <= 100])
report('gpu_rental: a history from 2022 to 2026',
       [] if min(r['valid_from'] for r in book['gpu_rental']) < '2023' < '2026-08' <
       max(r['valid_from'] for r in book['gpu_rental']) else ['too short'])
report('api_prices: input and output are published, positive and at most 1000 USD per million',
       [r['line'] for r in book['api_prices'] if not (0 < float(r['input_usd_per_mtok'] or 0) <= 1000) and
        not (0 < float(r['output_usd_per_mtok'] or 0) <= 1000)])
report('api_prices: cached input is not dearer than input',
       [r['line'] for r in book['api_prices'] if r['cached_input_usd_per_mtok'] and
        float(r['cached_input_usd_per_mtok']) > float(r['input_usd_per_mtok'])])
report('api_prices: tiers are known', {r['tier'] for r in book['api_prices'] if not re.fullmatch(
    r'base|priority|flex|((priority|flex)_)?over_\d+|utc_\d\d:\d\d-\d\d:\d\d', r['tier'])})
alias = {(r['kind'], r['alias'].lower()): r['id'] for r in book['aliases']}
report('aliases: no spelling twice when case is ignored', [] if len(alias) == len(book['aliases']) else ['see file'])
report('aliases: every gpu and model id exists',
       ['%s %s' % (k[0], i) for k, i in alias.items() if i not in {'gpu': gpus, 'model': models}.get(k[0], {i})])
sellers = {r['provider'] for name in ('gpu_rental', 'api_prices') for r in book[name]}
report('aliases: no seller of the book has another name as well',
       [a for kind, a in alias if kind == 'provider' and a in sellers])
report('aliases: an instance is a count and a known gpu',
       [i for k, i in alias.items() if k[0] == 'instance' and i.split(' ')[1] not in gpus])
for model in ('llama-3.3-70b', 'llama-3.1-8b'):
    hosts = {r['provider'] for r in book['api_prices'] if not r['seen_until'] and
             alias.get(('model', r['model']), r['model']) == model}
    report('api_prices: %s is sold by at least five hosts' % model, [] if len(hosts) >= 5 else [hosts])
report('api_prices: announced prices are kept', [] if any(r['valid_from'] > r['retrieved_on']
                                                         for r in book['api_prices']) else ['none'])

# The figures behind the worked numbers of the cost model: memory GB, GB/s, 16 and 8 bit TFLOP/s, link GB/s.
for gpu, want in {'H100': (80, 3350, 989, 1979, 450), 'H200': (141, 4800, 989, 1979, 450),
                  'A100': (80, 2039, 312, 312, 300), 'L4': (24, 300, 121, 242, 32)}.items():
    got = tuple(float(gpus[gpu][c]) for c in ('memory_gb', 'mem_bw_gb_s', 'flops_16bit_tflops', 'flops_8bit_tflops',
                                              'link_gb_s_per_direction'))
    report('accelerators: %s carries the reference figures' % gpu, [] if got == want and
           not gpus[gpu]['flops_4bit_tflops'] else [got])
SHAPE = ('params_total', 'params_active', 'layers', 'hidden', 'heads', 'kv_values_per_layer', 'kv_shards',
         'routed_expert_params', 'head_dim')
for model, want in {'ref-8b': (8.03e9, 8.03e9, 32, 4096, 32, 2048, 8, 0, 128),
                    'ref-70b': (70.55e9, 70.55e9, 80, 8192, 64, 2048, 8, 0, 128),
                    'ref-32b': (32.8e9, 32.8e9, 64, 5120, 40, 2048, 8, 0, 128),
                    'ref-moe-8x7b': (46.7e9, 12.9e9, 32, 4096, 32, 2048, 8, 45.1e9, 128),
                    'ref-mla-671b': (671e9, 37e9, 61, 7168, 128, 576, 1, 654e9, 128)}.items():
    got = tuple(float(models[model][c]) for c in SHAPE)
    report('models: %s carries the reference figures' % model, [] if got == want else [got])
report('models: KV values are 2 x KV heads x head width unless attention is latent',
       [m for m, r in models.items() if int(r['kv_values_per_layer']) != 2 * int(r['kv_heads']) * int(r['head_dim'])
        and not (r['kv_shards'] == '1' and r['kv_values_per_layer'] == '576')])
report('models: active is not above total, routed experts are below total',
       [m for m, r in models.items() if int(r['params_active']) > int(r['params_total']) or
        int(r['routed_expert_params']) >= int(r['params_total'])])
report('models: every licence is known', {r['licence'] for r in models.values() if r['licence']} -
       {r['licence'] for r in book['licences']})
hours = [int(r['hour_of_week']) for r in book['profiles']]
report('profiles: 168 hours in order', [] if hours == list(range(168)) else [hours])
for column in ('flat', 'conversation', 'coding'):
    mean = sum(float(r[column]) for r in book['profiles']) / 168
    report('profiles: mean of %s is 1' % column, [] if abs(mean - 1) < 1e-12 else [mean])
tiers = {}
for r in book['networking']:
    tiers.setdefault((r['provider'], r['item'], r['region'], r['valid_from']), []).append(r)
report('networking: tiers of an item join up and the last is open',
       [k for k, t in tiers.items() if any(a['tier_to_gb'] != b['tier_from_gb'] for a, b in zip(t, t[1:])) or
        (t[-1]['tier_to_gb'] and 'free' not in k[1])])
report('the book stays below 2.5 MB', [] if sum(os.path.getsize(p) for p in glob.glob('pricing/*.csv')) < 2.5e6
       else ['too large'])
documented = open('pricing/README.md').read()
report('README names every file and column',
       ['%s.%s' % (n, c) for n, columns in headers.items() for c in columns if '`%s`' % c not in documented] +
       [n for n in book if n + '.csv' not in documented])
sys.exit(1 if failures else 0)
PYTHON

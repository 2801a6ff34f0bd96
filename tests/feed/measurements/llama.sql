CREATE TABLE IF NOT EXISTS llama_bench (
  build_commit TEXT,
  model_type TEXT
);

INSERT INTO llama_bench (build_commit, cpu_info, gpu_info, model_type, model_size, model_n_params, n_threads, n_prompt, n_gen, avg_ns, avg_ts, stddev_ts) VALUES ('a1b2c3d', 'Maker''s Model, 7', '', 'tinyy 1.1B BF16', '2200000000', '1100000000', '2', '100', '0', '1000000000', '100.0', '1.0');
INSERT INTO llama_bench (build_commit, cpu_info, gpu_info, model_type, model_size, model_n_params, n_threads, n_prompt, n_gen, avg_ns, avg_ts, stddev_ts) VALUES ('a1b2c3d', 'Maker''s Model, 7', '', 'tinyy 1.1B BF16', '2200000000', '1100000000', '2', '0', '30', '2000000000', '15.0', '0.1');

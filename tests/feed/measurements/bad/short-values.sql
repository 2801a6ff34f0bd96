INSERT INTO t (model_type, n_prompt, n_gen, avg_ts) VALUES ('tinyy', '1', '0');

/* OpenBLAS, BLIS and oneDNN behind one face: products y = x W^T with weights that rotate through memory. */
#ifndef TOKENTCO_TESTS_PEER_LIBRARIES_H
#define TOKENTCO_TESTS_PEER_LIBRARIES_H

#include "bench/kernel.h"

typedef enum PeerId { PEER_OPENBLAS, PEER_BLIS, PEER_ONEDNN, N_PEERS } PeerId;

const char *peer_name(PeerId id);

/* Loads the libraries; ends the program with a message when one is missing. */
void peers_open(void);
void peers_set_threads(int n);

/* How long the library's threads stay awake after a call. */
unsigned peer_settle_us(PeerId id);

typedef struct PeerProduct PeerProduct;

/* x [m][k] and n_copies times W [n][k], random, in the form that the library runs fastest: plain rows for
 * OpenBLAS and BLIS, which pack inside their calls (gemv for one row), and oneDNN's own layout, packed ahead.
 * NULL: the library does not have the format. */
PeerProduct *peer_product_new(PeerId id, WeightFormat format, int m, int n, int k, int n_copies);
void peer_product_run(PeerProduct *product, int copy);
void peer_product_free(PeerProduct *product);

#endif

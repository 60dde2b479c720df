// The kernel's third derivative T[u,v] = grad (u' H v) over a block of samples, by the R-operator
// along u = (U, ub) and v = (V, vb) at once. With first tangents (index u or v) of
// tangents_impl.hpp and e = dloss/da:
//   z_uv^l = U a_v^(l-1) + V a_u^(l-1) + W a_uv^(l-1),
//   a_uv   = phi'' z_u z_v + phi' z_uv,
//   delta_uv^L = w (H_loss f_uv + T_loss[f_u, f_v]),
//   e_uv^(l-1) = U^T delta_v^l + V^T delta_u^l + W^T delta_uv^l,
//   delta_uv = phi''' e z_u z_v + phi'' (e z_uv + z_u e_v + z_v e_u) + phi' e_uv,
//   dW_uv = delta_uv a^T + delta_u a_v^T + delta_v a_u^T + delta a_uv^T.
#pragma once
#include "tangents_impl.hpp"

namespace thalweg::mlp_kernel {
namespace {

template <class T>
void tangent_pass(const Net<T>& net, const Block<T>& block, const Activity<T>& at, const T* v,
                  const FullTangent<T>& along) {
  const Index L = net.n_layers, tiles = block.tiles;
  Layer<T> layer = first_layer(net);
  for (Index l = 1; l <= L; ++l) {
    if (l > 1) layer = next_layer(net, l, layer);
    const TangentTerms<T> sum(net, layer, l, block, at, v, along.ra);
    T *const rz = along.rz[l], *const out = l == L ? along.rdelta[l] : along.ra[l];
    layer_sums(sum.terms, sum.n, sum.bias, layer.outputs, layer.out_stride, tiles, rz);
    const T* const d = l == L ? nullptr : at.d[l];
    for_each_vector<T>(layer.outputs, layer.out_stride, tiles, [&](Index i) {
      const Vec<T> z = load(rz + i);
      store(out + i, d ? z * load(d + i) : z);
    });
  }
  loss_tangent(net, block, at, along.rdelta[L]);
  for (Index l = L; l > 1; --l) {
    if (l < L) layer = layer_below(net, l, layer);
    const Term<T> terms[2] = {
        {v + layer.weights, 1, layer.inputs, at.delta[l], layer.out_stride, layer.outputs},
        {net.theta + layer.weights, 1, layer.inputs, along.rdelta[l], layer.out_stride,
         layer.outputs}};
    const T *const d = at.d[l - 1], *const c = at.c[l - 1], *const rz = along.rz[l - 1];
    T *const re = along.re[l - 1], *const rdelta = along.rdelta[l - 1];
    const T* const no_bias = nullptr;
    layer_sums(terms, 2, no_bias, layer.inputs, layer.in_stride, tiles, re);
    for_each_vector<T>(layer.inputs, layer.in_stride, tiles, [&](Index i) {
      store(rdelta + i, load(c + i) * load(rz + i) + load(d + i) * load(re + i));
    });
  }
}

template <class T>
void third_product(const Net<T>& net, const Block<T>& block, const Activity<T>& at, const T* u,
                   const FullTangent<T>& along_u, const T* v, const FullTangent<T>& along_v,
                   const Tangent<T>& work, T* g, bool add) {
  const Index L = net.n_layers, tiles = block.tiles;
  const T* const no_bias = nullptr;
  T* const z_uv = work.scratch;
  Layer<T> layer = first_layer(net);
  for (Index l = 1; l <= L; ++l) {
    if (l > 1) layer = next_layer(net, l, layer);
    T *const a_uv = work.ra[l], *const delta_uv = work.rdelta[l];
    T* const sums = l == L ? delta_uv : z_uv;
    if (l == 1) {  // the inputs do not move
      for_each_vector<T>(layer.outputs, layer.out_stride, tiles,
                         [&](Index i) { store(sums + i, Vec<T>{}); });
    } else {
      const Term<T> terms[3] = {
          {u + layer.weights, layer.inputs, 1, along_v.ra[l - 1], layer.in_stride, layer.inputs},
          {v + layer.weights, layer.inputs, 1, along_u.ra[l - 1], layer.in_stride, layer.inputs},
          {net.theta + layer.weights, layer.inputs, 1, work.ra[l - 1], layer.in_stride,
           layer.inputs}};
      layer_sums(terms, 3, no_bias, layer.outputs, layer.out_stride, tiles, sums);
    }
    if (l == L) break;
    const T *const d = at.d[l], *const c = at.c[l], *const s = at.s[l], *const t = at.t[l];
    const T *const zu = along_u.rz[l], *const zv = along_v.rz[l];
    for_each_vector<T>(layer.outputs, layer.out_stride, tiles, [&](Index i) {
      const Vec<T> z = load(sums + i), both = load(zu + i) * load(zv + i);
      store(a_uv + i, load(s + i) * both + load(d + i) * z);
      store(delta_uv + i, load(t + i) * both + load(c + i) * z);
    });
  }
  for (Index tile = 0; tile < tiles; ++tile) {
    const Index place = tile * layer.out_stride;
    tile_loss_second_tangent(net.loss, layer.outputs, block.weight + tile * kTile<T>,
                             at.a[L] + place, along_u.rz[L] + place, along_v.rz[L] + place,
                             work.rdelta[L] + place);
  }
  for (Index l = L; l >= 1; --l) {
    if (l < L) layer = layer_below(net, l, layer);
    const Index in = layer.in_stride, out = layer.out_stride;
    const bool deep = l > 1;
    const Pair<T> pairs[4] = {{work.rdelta[l], out, layer_input(block, at, l), in},
                              {along_u.rdelta[l], out, deep ? along_v.ra[l - 1] : nullptr, in},
                              {along_v.rdelta[l], out, deep ? along_u.ra[l - 1] : nullptr, in},
                              {at.delta[l], out, deep ? work.ra[l - 1] : nullptr, in}};
    layer_gradient(net, layer, pairs, deep ? 4 : 1, tiles, g, add);
    if (l == 1) break;
    const Term<T> terms[3] = {
        {u + layer.weights, 1, layer.inputs, along_v.rdelta[l], out, layer.outputs},
        {v + layer.weights, 1, layer.inputs, along_u.rdelta[l], out, layer.outputs},
        {net.theta + layer.weights, 1, layer.inputs, work.rdelta[l], out, layer.outputs}};
    const T *const d = at.d[l - 1], *const s = at.s[l - 1];
    const T *const zu = along_u.rz[l - 1], *const zv = along_v.rz[l - 1];
    const T *const eu = along_u.re[l - 1], *const ev = along_v.re[l - 1];
    T* const delta_uv = work.rdelta[l - 1];
    T* const e_uv = work.scratch;
    layer_sums(terms, 3, no_bias, layer.inputs, in, tiles, e_uv);
    for_each_vector<T>(layer.inputs, in, tiles, [&](Index i) {
      const Vec<T> cross = load(zu + i) * load(ev + i) + load(zv + i) * load(eu + i);
      store(delta_uv + i, load(delta_uv + i) + load(s + i) * cross + load(d + i) * load(e_uv + i));
    });
  }
}

}  // namespace
}  // namespace thalweg::mlp_kernel

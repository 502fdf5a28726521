import Catalogs
import Glibc

extension ModelArchitecture {
  /// A model of so many parameters with the proportions of its time: head size 128, width growing with the cube root,
  /// a gated feed-forward of 3.5 times the width, 8 key heads; as experts where fewer parameters are active than there are.
  ///
  /// Llama 3 and Qwen 3 from 8 to 405 billion lie within a fifth of these widths; the arithmetic follows the parameters.
  public static func typical(name: String, parameters: Double, active: Double) -> ModelArchitecture {
    let isMixture = active < 0.9 * parameters
    let vocabulary = 128_256
    // Llama: 8 B has 4096 x 32, 70 B 8192 x 80, 405 B 16384 x 126.
    let hidden = max(256, (4096 * cbrt(active / 8e9) / 128).rounded() * 128)
    let heads = max(2, Int(hidden / 128))
    let kvHeads = heads >= 8 ? 8 : heads
    let embeddings = 2 * Double(vocabulary) * hidden
    let attention = 2 * hidden * hidden + 2 * hidden * 128 * Double(kvHeads)
    let rest = max(active - embeddings, active * 0.3)
    let perLayer = attention + 3 * hidden * 3.5 * hidden
    let layers = max(2, Int((rest / perLayer).rounded()))
    guard isMixture else {
      let ffn = max(128, ((rest / Double(layers) - attention) / (3 * hidden) / 64).rounded() * 64)
      return ModelArchitecture(
        name: name, layers: layers, hidden: Int(hidden), heads: heads, kvHeads: kvHeads, ffn: Int(ffn),
        vocabulary: vocabulary, context: 8192, source: "sizes typical of as many parameters", isEstimate: true)
    }
    // 8 of E experts a token: what is not active is in the others.
    let expertActive = max(rest / Double(layers) - attention, 0.2 * rest / Double(layers))
    let width = max(64, (expertActive / 8 / (3 * hidden) / 64).rounded() * 64)
    let spare = max(0, parameters - active) / Double(layers)
    let count = 8 + Int((spare / (3 * hidden * width) / 8).rounded()) * 8
    return ModelArchitecture(
      name: name, layers: layers, hidden: Int(hidden), heads: heads, kvHeads: kvHeads, ffn: Int(width),
      vocabulary: vocabulary, context: 8192, experts: Experts(count: max(16, count), active: 8, ffn: Int(width)),
      source: "sizes typical of as many parameters", isEstimate: true)
  }
}

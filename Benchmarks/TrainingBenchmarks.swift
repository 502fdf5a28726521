import Catalogs
import Quantities
import Training

/// The search over layouts of a training run.
enum TrainingBenchmarks {
  static func all() throws -> [Benchmark] {
    let gpt = ModelArchitecture(
      name: "GPT-530B", layers: 105, hidden: 20_480, heads: 128, ffn: 81_920, isGated: false, vocabulary: 51_200,
      isTied: true, context: 2048, source: "arXiv 2201.11990")
    let a100 = TrainingHardware(try Catalog.builtIn.accelerator(named: "A100-80GB"))
    let h100 = TrainingHardware(try Catalog.builtIn.accelerator(named: "H100"))
    let large = TrainingWork(shape: ModelShape(gpt), sequence: 2048, batch: 1920)
    var limits = LayoutSearch.Limits()
    limits.usesAll = false
    let search = LayoutSearch(large, on: a100, limits: limits)
    let mixture = LayoutSearch(
      TrainingWork(shape: ModelShape(try Catalog.builtIn.model(named: "DeepSeek-V3")), sequence: 4096, batch: 4096),
      on: h100, limits: limits)
    return [
      Benchmark("layouts of 530 B on up to 5,128 A100", Double(search.run(accelerators: 5128).evaluated), "layouts") {
        search.run(accelerators: 5128).best.first?.tokensPerSecond ?? 0
      },
      Benchmark(
        "layouts of DeepSeek-V3 on up to 2,048 H100", Double(mixture.run(accelerators: 2048).evaluated), "layouts"
      ) {
        mixture.run(accelerators: 2048).best.first?.tokensPerSecond ?? 0
      },
    ]
  }
}

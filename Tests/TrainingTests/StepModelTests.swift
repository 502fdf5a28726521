import Catalogs
import Quantities
import Testing

@testable import Training

@Suite("StepModel")
struct StepModelTests {
  private static func model(_ layers: Int, _ hidden: Int, _ heads: Int) -> ModelArchitecture {
    ModelArchitecture(
      name: "GPT", layers: layers, hidden: hidden, heads: heads, ffn: 4 * hidden, isGated: false, vocabulary: 51_200,
      isTied: true, context: 2048, source: "arXiv 2104.04473, table 1")
  }

  /// Narayanan 2021, equation 3 without recomputation: 72 B S L h^2 (1 + S / 6h + V / 12Lh).
  @Test func `FLOPs of a token are the paper's`() {
    let shape = ModelShape(Self.model(96, 12_288, 96))
    let (l, h, s, v) = (96.0, 12_288.0, 2048.0, 51_200.0)
    let paper = 72 * l * h * h * (1 + s / (6 * h) + v / (12 * l * h))
    #expect(abs(3 * shape.forwardFLOPsPerToken(sequence: s, isCausal: false) / paper - 1) < 0.001)
  }

  /// The same paper: 175 B parameters and 300 B tokens on 1,024 A100 take 34 days, a trillion parameters and 450 B tokens
  /// on 3,072 take 84.
  @Test(arguments: [
    (96, 12_288, 96, 8, 8, 16, 1024, 1536.0, 300e9, 34.0), (128, 25_600, 160, 8, 64, 6, 3072, 3072, 450e9, 84),
  ])
  func `months of training come out within a tenth`(
    layers: Int, hidden: Int, heads: Int, tensor: Int, pipeline: Int, data: Int, accelerators: Int, batch: Double,
    tokens: Double, days: Double
  ) throws {
    var work = TrainingWork(
      shape: ModelShape(Self.model(layers, hidden, heads)), sequence: 2048, batch: batch, software: .scores)
    work.isBrainFloat = false
    let layout = TrainingLayout(
      tensor: tensor, pipeline: pipeline, virtualStages: 2, data: data, zero: 0, recomputation: .full,
      isSequenceParallel: false)
    let hardware = TrainingHardware(try Catalog.builtIn.accelerator(named: "A100-80GB"))
    let step = StepModel(work, on: hardware).step(layout).step
    #expect(abs(tokens / work.tokens * step / 86_400 / days - 1) < 0.1)
  }

  /// 1F1B: (p - 1) / m of the work; interleaving by v divides it (the same paper, section 2.2).
  @Test func `the bubble is the paper's share`() throws {
    let work = TrainingWork(shape: ModelShape(Self.model(96, 12_288, 96)), sequence: 2048, batch: 512)
    let model = StepModel(work, on: TrainingHardware(try Catalog.builtIn.accelerator(named: "H100")))
    var layout = TrainingLayout(tensor: 8, pipeline: 8, data: 8)
    let plain = model.step(layout)
    layout.virtualStages = 4
    let interleaved = model.step(layout)
    #expect(abs(plain.bubble / interleaved.bubble - 4) < 1e-6)
    #expect(interleaved.stages > plain.stages)
    // 64 micro-batches of one sequence: 7 / 64 of what the stage computes.
    let share = plain.bubble / (plain.compute + plain.launches + plain.tensor)
    #expect(abs(share - 7.0 / 64) < 0.005)
  }

  @Test func `parts add up to the step`() throws {
    let work = TrainingWork(
      shape: ModelShape(try Catalog.builtIn.model(named: "DeepSeek-V3")), sequence: 4096, batch: 2048)
    let model = StepModel(work, on: TrainingHardware(try Catalog.builtIn.accelerator(named: "H100")))
    let time = model.step(TrainingLayout(pipeline: 16, data: 32, expert: 32))
    let parts = [
      time.compute, time.launches, time.tensor, time.expert, time.context, time.sharding, time.bubble, time.stages,
      time.gradients, time.optimizer, time.other,
    ]
    #expect(parts.allSatisfy { $0 >= 0 && $0.isFinite })
    #expect(abs(parts.reduce(0, +) / time.step - 1) < 1e-6)
  }

  @Test func `adapters train faster than all weights, a capped card slower than a free one`() throws {
    var work = TrainingWork(
      shape: ModelShape(try Catalog.builtIn.model(named: "Llama-2-70B")), sequence: 8192, batch: 64)
    let chip = try Catalog.builtIn.accelerator(named: "H100")
    let layout = TrainingLayout(tensor: 8, data: 8)
    let full = StepModel(work, on: TrainingHardware(chip)).step(layout).step
    #expect(StepModel(work, on: TrainingHardware(chip, powerCap: .watts(500))).step(layout).step > 1.1 * full)
    work.method = .lora(rank: 16)
    #expect(StepModel(work, on: TrainingHardware(chip)).step(layout).step < 0.85 * full)
  }
}

@Suite("LayoutSearch")
struct LayoutSearchTests {
  @Test func `what it finds is legal, fits, and nothing tried is faster`() throws {
    let work = TrainingWork(
      shape: ModelShape(try Catalog.builtIn.model(named: "Llama-3.1-8B")), sequence: 8192, batch: 64)
    let hardware = TrainingHardware(try Catalog.builtIn.accelerator(named: "H100"))
    let found = LayoutSearch(work, on: hardware).run(accelerators: 16)
    let best = try #require(found.best.first)
    #expect(best.layout.faults(for: work, accelerators: 16).isEmpty)
    #expect(best.memory.allocated <= hardware.memory)
    let model = StepModel(work, on: hardware)
    let memory = MemoryModel(work, on: hardware)
    for tensor in [1, 2, 4, 8] {
      for zero in [1, 3] {
        let layout = TrainingLayout(tensor: tensor, data: 16 / tensor, zero: zero)
        guard memory.verdict(layout).fits else { continue }
        #expect(model.step(layout).step >= best.time.step - 1e-12)
      }
    }
  }

  @Test func `a model that fits nowhere gives the layout that comes nearest`() throws {
    let work = TrainingWork(
      shape: ModelShape(try Catalog.builtIn.model(named: "Llama-3.1-405B")), sequence: 8192, batch: 16)
    let hardware = TrainingHardware(try Catalog.builtIn.accelerator(named: "A100-40GB"))
    let found = LayoutSearch(work, on: hardware).run(accelerators: 8)
    #expect(found.best.isEmpty)
    #expect((found.smallest?.memory.allocated ?? .zero) > hardware.memory)
  }
}

import Catalogs
import Quantities
import Testing

@testable import Training

@Suite("TrainingLayout")
struct TrainingLayoutTests {
  /// Llama 3 70B: 64 heads, 80 layers.
  private static func work(batch: Double = 512) throws -> TrainingWork {
    TrainingWork(shape: ModelShape(try Catalog.builtIn.model(named: "Llama-3-70B")), sequence: 8192, batch: batch)
  }

  @Test func `divisors come in order`() {
    #expect(TrainingLayout.divisors(of: 12) == [1, 2, 3, 4, 6, 12])
    #expect(TrainingLayout.divisors(of: 1) == [1])
    #expect(TrainingLayout.divisors(of: 0) == [])
  }

  @Test func `a layout that divides has no faults`() throws {
    let layout = TrainingLayout(tensor: 8, pipeline: 4, virtualStages: 5, data: 16, microBatch: 2)
    #expect(layout.faults(for: try Self.work(), accelerators: 512).isEmpty)
  }

  @Test(arguments: [
    (TrainingLayout(tensor: 128, data: 4), "the nearest that does is 64"),
    (TrainingLayout(tensor: 6, data: 4), "the nearest that does is 4"),
    (TrainingLayout(pipeline: 81, data: 4), "write at most 80"),
    (TrainingLayout(pipeline: 16, virtualStages: 9, data: 4), "write at most 5 virtual stages"),
    (TrainingLayout(virtualStages: 2, data: 4), "2 or more pipeline stages"),
    (TrainingLayout(data: 4, expert: 8), "an expert parallelism of 1"),
    (TrainingLayout(data: 1024), "at most 512"),
    (TrainingLayout(data: 512, microBatch: 4), "write at most 1"),
    (TrainingLayout(tensor: 0), "write 1 or more"),
    (TrainingLayout(data: 4, zero: 7), "write 0, 1, 2 or 3"),
  ])
  func `what does not divide is told with the nearest that does`(layout: TrainingLayout, remedy: String) throws {
    let faults = layout.faults(for: try Self.work())
    #expect(faults.contains { $0.remedy.contains(remedy) }, "\(faults)")
  }

  @Test func `accelerators that no copy divides are told with how many would be used`() throws {
    let faults = TrainingLayout(tensor: 8, pipeline: 3, data: 5).faults(for: try Self.work(), accelerators: 128)
    #expect(faults.contains { $0.remedy.contains("use 120") })
  }
}

@Suite("MemoryModel")
struct MemoryModelTests {
  /// Korthikanti 2022, figure 1 and table 2: weights, optimizer and activations of one card, in GiB.
  @Test(arguments: [
    ("22B", 48, 6144, 64, 1, 1.0, 4, 8.0, 55.125, 104.8125),
    ("530B", 105, 20480, 128, 35, 3.0, 1, 280.0, 54.717, 145.664),
    ("1T", 128, 25600, 160, 64, 1.0, 1, 512.0, 59.521, 164.209),
  ])
  func `the paper's footprints come out within five percent`(
    name: String, layers: Int, hidden: Int, heads: Int, pipeline: Int, virtual: Double, microBatch: Int,
    accelerators: Double,
    selective: Double, none: Double
  ) {
    let model = ModelArchitecture(
      name: name, layers: layers, hidden: hidden, heads: heads, ffn: 4 * hidden, isGated: false, vocabulary: 51_200,
      isTied: true, context: 2048, source: "arXiv 2205.05198, table 3")
    var work = TrainingWork(shape: ModelShape(model), sequence: 2048, batch: max(4, accelerators), software: .scores)
    work.isBrainFloat = false
    let chip = Accelerator(
      name: "A100", vendor: "NVIDIA", memory: .gigabytes(85.9), denseRate: .teraPerSecond(312),
      memoryBandwidth: .gigabytesPerSecond(2039), source: "", date: "")
    let memory = MemoryModel(work, on: TrainingHardware(chip))
    var layout = TrainingLayout(
      tensor: 8, pipeline: pipeline, virtualStages: Int(virtual), zero: 0, microBatch: microBatch,
      recomputation: .selective)
    #expect(abs(memory.use(layout).allocated.gibibytes / selective - 1) < 0.05)
    #expect(memory.verdict(layout).fits)
    layout.recomputation = .none
    layout.isSequenceParallel = false
    #expect(abs(memory.use(layout).allocated.gibibytes / none - 1) < 0.05)
    #expect(!memory.verdict(layout).fits)
  }

  @Test func `more recomputation, more sharding and more cards never take more memory`() throws {
    let model = try Catalog.builtIn.model(named: "Llama-3.1-8B")
    let work = TrainingWork(shape: ModelShape(model), sequence: 8192, batch: 64)
    let memory = MemoryModel(work, on: TrainingHardware(try Catalog.builtIn.accelerator(named: "H100")))
    func bytes(_ layout: TrainingLayout) -> Double { memory.use(layout).allocated.rawValue }
    let plain = TrainingLayout(data: 8, zero: 1)
    var full = plain
    full.recomputation = .full
    #expect(bytes(full) < bytes(plain))
    var state: [Double] = []
    for zero in 0...2 {
      var layout = plain
      layout.zero = zero
      state.append(memory.use(layout).state.rawValue)
    }
    #expect(state[0] > state[1] && state[1] > state[2])
    #expect(bytes(TrainingLayout(tensor: 2, data: 8)) < bytes(plain))
  }

  /// 18 bytes a parameter: 2 + 4 + 12 (Megatron-LM, mixed precision).
  @Test func `plain data parallelism holds 18 bytes a parameter`() throws {
    let model = try Catalog.builtIn.model(named: "Llama-3.1-8B")
    let work = TrainingWork(shape: ModelShape(model), sequence: 2048, batch: 8)
    let memory = MemoryModel(work, on: TrainingHardware(try Catalog.builtIn.accelerator(named: "H100")))
    let state = memory.use(TrainingLayout(data: 8, zero: 0)).state.rawValue
    #expect(abs(state / (18 * model.parameters) - 1) < 0.01)
  }
}

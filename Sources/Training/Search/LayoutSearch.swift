import Quantities

/// A layout with what became of it.
public struct LayoutCandidate: Hashable, Sendable {
  public var layout: TrainingLayout
  public var time: StepTime
  public var memory: MemoryUse
  /// Tokens a second of one accelerator.
  public var tokensPerSecond: Double
}

/// All layouts of a run on so many accelerators, the fastest first.
///
/// What depends only on the split of a layer (tensor, context, expert, micro-batch) is computed once for all stages, copies,
/// sharding stages and policies of recomputation, which is what makes a million layouts a matter of a tenth of a second.
public struct LayoutSearch: Sendable {
  /// What a layout may be.
  public struct Limits: Hashable, Sendable {
    /// Whether all accelerators must be used, or a layout may leave some.
    public var usesAll = true
    /// Micro-batches of a copy, where they are given.
    public var microBatches: Int?
    /// The widest tensor parallelism; nil for one link domain.
    public var widestTensor: Int?
    public var longestMicroBatch = 16
    /// Sharding stages to try.
    public var zeros = [1, 3]
    /// Policies to try, the lightest first.
    public var recomputations: [TrainingLayout.Recomputation] = [.none, .selective, .full]
    public var mostVirtualStages = 12
    /// Whether what the allocator keeps besides must fit too, and not the tensors alone.
    public var leavesRoom = false
    /// How many candidates to keep.
    public var kept = 10
    public init() {}
  }

  public let work: TrainingWork
  public let hardware: TrainingHardware
  public let limits: Limits
  let steps: StepModel
  let memory: MemoryModel

  public init(
    _ work: TrainingWork, on hardware: TrainingHardware, limits: Limits = Limits(),
    constants: StepConstants = StepConstants.shipped
  ) {
    self.work = work
    self.hardware = hardware
    self.limits = limits
    steps = StepModel(work, on: hardware, constants: constants)
    memory = MemoryModel(work, on: hardware)
  }

  /// What a search found.
  public struct Result: Sendable {
    /// The fastest that fit, fastest first.
    public var best: [LayoutCandidate]
    /// The one that comes nearest to fitting, where none fits.
    public var smallest: LayoutCandidate?
    /// Layouts evaluated, with their memory.
    public var evaluated: Int
  }

  /// Searches the layouts on at most (or exactly, see ``Limits/usesAll``) so many accelerators.
  public func run(accelerators: Int) -> Result {
    var best: [LayoutCandidate] = []
    var worstKept = 0.0
    var smallest: (bytes: Double, layout: TrainingLayout)?
    var evaluated = 0
    let capacity = hardware.memory.rawValue
    let shape = work.shape
    let layers = Int(shape.layers)
    let batch = Int(max(1, work.batch))
    let copies = TrainingLayout.divisors(of: batch)
    let widest = min(accelerators, limits.widestTensor ?? Int(hardware.linkDomain))
    let stages = Self.stages(of: layers, atMost: accelerators)
    let isSplit = work.software == .current
    for tensor in TrainingLayout.divisors(of: Int(shape.heads)) where tensor <= widest {
      for context in contexts where tensor * context <= accelerators {
        for expert in experts where expert <= accelerators {
          var microBatch = 1
          while microBatch <= min(limits.longestMicroBatch, batch) {
            defer { microBatch *= 2 }
            var layout = TrainingLayout(
              tensor: tensor, context: context, expert: expert, microBatch: microBatch,
              isSequenceParallel: isSplit)
            let times = steps.layer(layout)
            let bytes = memory.layer(layout)
            for data in copies where tensor * context * data <= accelerators {
              let share = batch / data
              if share % microBatch != 0 { continue }
              if let wanted = limits.microBatches, share / microBatch != wanted { continue }
              if (data * context * tensor) % expert != 0 { continue }
              layout.data = data
              for pipeline in stages {
                let used = tensor * context * data * pipeline
                if used > accelerators { break }
                if limits.usesAll, used != accelerators { continue }
                layout.pipeline = pipeline
                // A pipeline that is never full only waits.
                if pipeline > 1, share / microBatch < pipeline { continue }
                for virtual in Self.virtualStages(layers, pipeline, limits.mostVirtualStages) {
                  layout.virtualStages = virtual
                  for zero in limits.zeros {
                    if zero == 3, pipeline > 1 { continue }
                    if zero > 0, data * context == 1, zero != limits.zeros.first { continue }
                    layout.zero = zero
                    for recomputation in limits.recomputations {
                      layout.recomputation = recomputation
                      evaluated += 1
                      let use = memory.use(layout, bytes)
                      let allocated = use.allocated.rawValue
                      if allocated > capacity || (limits.leavesRoom && use.reserved.rawValue > capacity) {
                        if allocated < (smallest?.bytes ?? .infinity) { smallest = (allocated, layout) }
                        continue
                      }
                      let time = steps.step(layout, times)
                      let rate = work.tokens / time.step / Double(used)
                      // The lightest policy that fits is the fastest of its layout.
                      if rate > worstKept {
                        best.append(
                          LayoutCandidate(layout: layout, time: time, memory: use, tokensPerSecond: rate))
                        if best.count > 4 * limits.kept + 64 { worstKept = Self.prune(&best, limits.kept) }
                      }
                      break
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
    _ = Self.prune(&best, limits.kept)
    let nearest = smallest.map { found in
      LayoutCandidate(
        layout: found.layout, time: steps.step(found.layout), memory: memory.use(found.layout), tokensPerSecond: 0)
    }
    return Result(best: best, smallest: best.isEmpty ? nearest : nil, evaluated: evaluated)
  }

  /// Keeps the fastest; gives the rate of the last that is kept.
  private static func prune(_ candidates: inout [LayoutCandidate], _ kept: Int) -> Double {
    candidates.sort { $0.tokensPerSecond > $1.tokensPerSecond }
    if candidates.count > kept { candidates.removeLast(candidates.count - kept) }
    return candidates.count < kept ? 0 : candidates.last?.tokensPerSecond ?? 0
  }

  /// Splits of the sequence: powers of two, of which each card keeps 2,048 tokens or more.
  private var contexts: [Int] {
    var sizes = [1]
    while work.sequence / Double(sizes.last.map { 2 * $0 } ?? 2) >= 2048 { sizes.append(2 * (sizes.last ?? 1)) }
    return sizes
  }

  private var experts: [Int] {
    work.shape.isMixture ? TrainingLayout.divisors(of: Int(work.shape.experts)) : [1]
  }

  /// Numbers of stages that divide the layers, or the layers with embedding and logits counted as one each.
  static func stages(of layers: Int, atMost limit: Int) -> [Int] {
    // Uneven stages count embedding and logits as a layer each; beyond 16 of them nobody balances so.
    let sizes = Set(TrainingLayout.divisors(of: layers) + TrainingLayout.divisors(of: layers + 2).filter { $0 <= 16 })
    return sizes.filter { $0 <= min(layers, limit) }.sorted()
  }

  /// Numbers of chunks of a stage that divide its layers.
  static func virtualStages(_ layers: Int, _ pipeline: Int, _ most: Int) -> [Int] {
    guard pipeline > 1 else { return [1] }
    let total = layers % pipeline == 0 ? layers : layers + 2
    return TrainingLayout.divisors(of: total / pipeline).filter { $0 <= most }
  }
}

import Documents
import Quantities

/// What a question about a training run is answered by.
public struct TrainingAnswer: Sendable {
  public var layout: TrainingLayout
  public var time: StepTime
  public var memory: MemoryVerdict
  /// Tokens a second of one accelerator, with the band in which 80 % of measured runs of its kind lie.
  public var tokensPerSecond: Estimate<TokenRate>
  /// Model FLOPs over peak FLOPs of the precision that products are computed in.
  public var utilization: Double
  /// The same with recomputed FLOPs: what the hardware did.
  public var hardwareUtilization: Double
  public var kind: RunKind

  public init(
    _ layout: TrainingLayout, of work: TrainingWork, on hardware: TrainingHardware,
    file: ConstantsFile = .shipped
  ) {
    let time = StepModel(work, on: hardware, constants: file.constants).step(layout)
    self.init(
      layout, time, MemoryVerdict(MemoryModel(work, on: hardware).use(layout), capacity: hardware.memory), of: work,
      on: hardware, file: file)
  }

  init(
    _ layout: TrainingLayout, _ time: StepTime, _ memory: MemoryVerdict, of work: TrainingWork,
    on hardware: TrainingHardware, file: ConstantsFile
  ) {
    self.layout = layout
    self.time = time
    self.memory = memory
    kind = RunKind(layout, of: work, on: hardware)
    let rate = work.tokens / time.step / Double(max(1, layout.accelerators))
    let band = file.band(of: kind)
    tokensPerSecond = Estimate(
      low: .perSecond(rate * band.low), mid: .perSecond(rate), high: .perSecond(rate * band.high))
    utilization = work.flopsPerToken * rate / hardware.peak(work.precision)
    let again = layout.recomputation == .full ? 4.0 / 3 : 1
    hardwareUtilization = utilization * again
  }

  /// Writes the fields behind the `id` of a line.
  public func write(to json: inout JSONWriter) {
    func number(_ key: String, _ value: Double) {
      json.key(key)
      json.number(value)
    }
    number("tokens_s_gpu", tokensPerSecond.mid.perSecond)
    number("low", tokensPerSecond.low.perSecond)
    number("high", tokensPerSecond.high.perSecond)
    number("step_s", time.step)
    number("mfu", utilization)
    number("mem_gib", memory.use.allocated.gibibytes)
    number("reserved_gib", memory.use.reserved.gibibytes)
    json.key("fits")
    json.bool(memory.fits)
    json.key("binding")
    json.string(memory.fits ? time.binding.rawValue : "memory")
  }
}

extension RunKind {
  /// The kind of a run, by what was measured.
  init(_ layout: TrainingLayout, of work: TrainingWork, on hardware: TrainingHardware) {
    if !hardware.isMeasured || work.method != .full {
      self = .other
    } else if work.shape.isMixture {
      self = .mixture
    } else if layout.zero >= 2 {
      self = .sharded
    } else if Double(layout.accelerators) <= min(8, hardware.linkDomain) {
      self = .oneMachine
    } else {
      self = .pipelined
    }
  }
}

extension TrainingQuestion {
  /// Answers with the layout that was given, or the best legal one.
  /// - Throws: ``TrainingError`` where no layout is legal.
  public func answer(_ file: ConstantsFile = .shipped) throws(TrainingError) -> TrainingAnswer {
    if var layout {
      let memory = MemoryModel(work, on: hardware)
      if isRecomputationOpen {
        layout = memory.lightest(layout)
      }
      return TrainingAnswer(layout, of: work, on: hardware, file: file)
    }
    var limits = LayoutSearch.Limits()
    limits.microBatches = microBatches
    limits.kept = 1
    var found = LayoutSearch(work, on: hardware, limits: limits, constants: file.constants).run(
      accelerators: accelerators)
    if found.best.isEmpty, microBatches != nil {
      limits.microBatches = nil
      found = LayoutSearch(work, on: hardware, limits: limits, constants: file.constants).run(
        accelerators: accelerators)
    }
    guard let best = found.best.first ?? found.smallest else {
      throw TrainingError(
        .infeasible,
        "no layout of \(accelerators) accelerators divides a batch of \(Int(work.batch)) sequences",
        remedy: "use a batch that a number of copies divides, or another number of accelerators")
    }
    return TrainingAnswer(best.layout, of: work, on: hardware, file: file)
  }
}

import Quantities

/// One way to run a job: how many accelerators, how laid out, and what comes of it.
public struct TrainingOption: Sendable {
  public var answer: TrainingAnswer
  public var accelerators: Int
  /// Computing time without interruptions.
  public var computing: Duration
  /// From start to end, failures included.
  public var wallClock: Duration
  public var goodput: Goodput
  public var mtbf: Duration
  public var checkpoint: Bytes
  public var interruptions: JobInterruptions
  /// Machines to hold besides, for 95 % of the time at full size.
  public var spares: Int
  /// Accelerator-hours that are used, spares not counted.
  public var acceleratorHours: Double { Double(accelerators) * wallClock.hours }
  public var dataNeeded: ByteRate
  public var dataCause: String?
  /// Tokens a second of all accelerators while computing.
  public var tokensPerSecond: Double { answer.tokensPerSecond.mid.perSecond * Double(accelerators) }
}

/// The answer for a job: the option that meets the target with the fewest accelerators, what else there is, and why.
public struct TrainingPlan: Sendable {
  public var job: TrainingJob
  public var chosen: TrainingOption
  /// Other layouts of as many accelerators, fastest first, the chosen not among them.
  public var alternatives: [LayoutCandidate]
  /// Other numbers of accelerators around it, ascending, the chosen among them: time and accelerator-hours.
  public var sizes: [TrainingOption]
  /// Whether the target is met.
  public var meetsTarget: Bool
  /// Layouts evaluated.
  public var evaluated: Int
}

/// Finds how many accelerators a job takes, and how to lay it out.
///
/// GPUs = accelerator-hours of work / (target hours x goodput), rounded up to a number that a layout divides, and evaluated
/// anew, because utilization and failures depend on the number.
public struct TrainingPlanner: Sendable {
  public var job: TrainingJob
  public var file: ConstantsFile
  /// What steps of the user's own say of the model; nil without.
  public var calibration: RunCalibration?

  public init(_ job: TrainingJob, file: ConstantsFile = .shipped, calibration: RunCalibration? = nil) {
    self.job = job
    self.file = file
    self.calibration = calibration
  }

  /// - Throws: ``TrainingError`` where nothing fits or the target cannot be met, with the nearest that can.
  public func plan() throws(TrainingError) -> TrainingPlan {
    try check()
    var evaluated = 0
    var cache: [Int: (TrainingOption, [LayoutCandidate])] = [:]
    func option(_ count: Int) -> TrainingOption? {
      if let known = cache[count] { return known.0 }
      guard let found = evaluate(count, &evaluated) else { return nil }
      cache[count] = found
      return found.0
    }
    let counts = candidates()
    var chosen: TrainingOption?
    var meets = true
    switch job.target {
    case .accelerators(let count):
      chosen = option(count)
      if chosen == nil {
        // The nearest number below that a layout divides and fits.
        chosen = counts.last { $0 < count && option($0) != nil }.flatMap { option($0) }
        meets = false
      }
    case .within(let limit):
      let first = firstGuess(hours: limit.hours)
      // The first count from the guess on that meets it, then down while it still does.
      let start = counts.firstIndex { $0 >= first } ?? max(0, counts.count - 1)
      var index = start
      while index < counts.count {
        if let found = option(counts[index]), found.wallClock <= limit {
          chosen = found
          break
        }
        index += max(1, (index - start) / 4)
      }
      if let found = chosen {
        var lower = (counts.firstIndex(of: found.accelerators) ?? 0) - 1
        var misses = 0
        while lower >= 0, misses < 4 {
          if let below = option(counts[lower]), below.wallClock <= limit {
            chosen = below
            misses = 0
          } else {
            misses += 1
          }
          lower -= 1
        }
      } else {
        chosen = counts.compactMap { count in cache[count]?.0 }.min { $0.wallClock < $1.wallClock }
        meets = false
      }
    case .acceleratorHours(let budget):
      // The most accelerators whose hours the budget covers: the fastest run for the money.
      var affordable: TrainingOption?
      for count in counts.filter({ $0 <= job.atMost }) {
        guard let found = option(count) else { continue }
        if found.acceleratorHours <= budget, found.wallClock < (affordable?.wallClock ?? .days(1e6)) {
          affordable = found
        }
        if found.wallClock < .minutes(10) { break }
      }
      chosen = affordable ?? cache.values.map { $0.0 }.min { $0.acceleratorHours < $1.acceleratorHours }
      meets = affordable != nil
    }
    guard let chosen else { throw infeasible() }
    // Around it, for the curve: from a quarter to four times as many.
    let near = counts.filter { $0 * 4 >= chosen.accelerators && $0 <= 4 * chosen.accelerators }
    let step = max(1, near.count / 12)
    var sizes = near.enumerated().compactMap { $0.offset % step == 0 ? option($0.element) : nil }
    if !sizes.contains(where: { $0.accelerators == chosen.accelerators }) { sizes.append(chosen) }
    sizes.sort { $0.accelerators < $1.accelerators }
    return TrainingPlan(
      job: job, chosen: chosen,
      alternatives: (cache[chosen.accelerators]?.1 ?? []).filter { $0.layout != chosen.answer.layout }, sizes: sizes,
      meetsTarget: meets, evaluated: evaluated)
  }

  private func check() throws(TrainingError) {
    guard job.tokens > 0, job.tokens.isFinite else {
      throw TrainingError(
        .invalidValue, "the job learns from \(NumberFormat.short(job.tokens)) tokens",
        remedy: "write a number above zero, such as 300e9")
    }
    if case .accelerators(let count) = job.target, count < 1 {
      throw TrainingError(.invalidValue, "\(count) accelerators", remedy: "write 1 or more")
    }
    if case .within(let time) = job.target, time <= .zero {
      throw TrainingError(.invalidValue, "the time to finish within is not above zero", remedy: "write 14d")
    }
  }

  /// Accelerators at 40 % of the peak and the goodput of a day's failures.
  private func firstGuess(hours: Double) -> Int {
    let flops = job.work.flopsPerToken * job.tokens
    let acceleratorHours = flops / (job.hardware.peak(job.work.precision) * 0.4) / 3600
    return max(1, Int((acceleratorHours / (hours * 0.95)).rounded(.up)))
  }

  /// Numbers of accelerators that some layout divides: whole machines (or parts of one) times copies that divide the batch.
  func candidates() -> [Int] {
    let batch = Int(max(1, job.work.batch))
    let per = job.perMachine
    var counts = Set(TrainingLayout.divisors(of: per))
    let heads = TrainingLayout.divisors(of: Int(job.work.shape.heads)).filter { $0 <= Int(job.hardware.linkDomain) }
    let stages = LayoutSearch.stages(of: Int(job.work.shape.layers), atMost: job.atMost)
    for data in TrainingLayout.divisors(of: batch) {
      for tensor in heads where tensor == 1 || per % tensor == 0 || tensor % per == 0 {
        for pipeline in stages {
          let count = data * tensor * pipeline
          if count <= job.atMost, count % per == 0 { counts.insert(count) }
        }
      }
    }
    return counts.filter { $0 <= job.atMost }.sorted()
  }

  /// The fastest layout of so many accelerators, with time and failures; nil where none is legal and fits.
  private func evaluate(_ count: Int, _ evaluated: inout Int) -> (TrainingOption, [LayoutCandidate])? {
    var limits = LayoutSearch.Limits()
    limits.kept = 6
    limits.leavesRoom = true
    var found = LayoutSearch(job.work, on: job.hardware, limits: limits, constants: file.constants).run(
      accelerators: count)
    evaluated += found.evaluated
    if found.best.isEmpty, let near = found.smallest, near.memory.allocated <= job.hardware.memory {
      // Better tight than not at all.
      limits.leavesRoom = false
      found = LayoutSearch(job.work, on: job.hardware, limits: limits, constants: file.constants).run(
        accelerators: count)
    }
    guard let best = found.best.first else { return nil }
    return (option(best, count), found.best)
  }

  /// What becomes of a layout over the whole job.
  public func option(_ candidate: LayoutCandidate, _ count: Int) -> TrainingOption {
    var answer = TrainingAnswer(
      candidate.layout, candidate.time, MemoryVerdict(candidate.memory, capacity: job.hardware.memory), of: job.work,
      on: job.hardware, file: file)
    if let calibration { answer = calibration.applied(to: answer) }
    let rate = answer.tokensPerSecond.mid.perSecond * Double(count)
    let computing = job.tokens / rate
    let machines = max(1, (count + job.perMachine - 1) / job.perMachine)
    let mtbf = job.faults.mtbf(nodes: machines)
    let learned: Double
    if case .lora = job.work.method {
      learned = StepModel.adapterParameters(job.work)
    } else {
      learned = job.model.parameters
    }
    let size = Checkpoint.size(parameters: learned)
    let transfer = Checkpoint.writing(size, machines: machines, perMachine: job.restart.machineRate)
    let save = Duration.seconds(transfer.seconds * job.restart.blockingShare)
    let wait = job.data.wait(tokensPerSecond: rate, machines: machines)
    var interruptions = JobInterruptions(
      mtbf: mtbf, save: max(save, .seconds(0.1)), interval: .seconds(1), detection: job.restart.detection,
      startup: job.restart.startup, loading: transfer, dataShare: wait.share)
    interruptions = interruptions.withBestInterval()
    let goodput = Goodput(of: interruptions)
    let useful = max(goodput.useful, 1e-3)
    return TrainingOption(
      answer: answer, accelerators: count, computing: .seconds(computing), wallClock: .seconds(computing / useful),
      goodput: goodput, mtbf: mtbf, checkpoint: size, interruptions: interruptions,
      spares: job.faults.spares(nodes: machines), dataNeeded: job.data.needed(tokensPerSecond: rate),
      dataCause: wait.cause)
  }

  private func infeasible() -> TrainingError {
    var limits = LayoutSearch.Limits()
    limits.kept = 1
    var count = job.atMost
    if case .accelerators(let wanted) = job.target { count = wanted }
    let found = LayoutSearch(job.work, on: job.hardware, limits: limits, constants: file.constants).run(
      accelerators: count)
    if let smallest = found.smallest {
      return TrainingError(
        .infeasible,
        "\(job.model.name) does not fit on \(count) x \(job.hardware.name): the smallest layout takes "
          + "\(NumberFormat.significant(smallest.memory.allocated.gibibytes, 3)) GiB of "
          + "\(NumberFormat.significant(job.hardware.memory.gibibytes, 3)) a card",
        remedy: "use more accelerators, cards with more memory, or a shorter sequence")
    }
    return TrainingError(
      .infeasible, "no layout of \(count) accelerators divides a batch of \(Int(job.work.batch)) sequences",
      remedy:
        "use one of \(candidates().filter { $0 * 2 >= count }.prefix(4).map { String($0) }.joined(separator: ", ")) accelerators, or another batch"
    )
  }
}

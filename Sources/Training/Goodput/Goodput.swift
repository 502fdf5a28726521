import Glibc
import Quantities

/// What happens to a job besides computing: how long things take, and how often it fails.
public struct JobInterruptions: Hashable, Sendable {
  /// Mean time between failures of the whole job.
  public var mtbf: Duration
  /// What one save holds the run up (the part that is not in the background).
  public var save: Duration
  /// Computing between two saves.
  public var interval: Duration
  /// Until a failure is noticed: hung collectives wait for their timeout.
  public var detection: Duration
  /// Until new processes stand: scheduling, images, initialising collectives.
  public var startup: Duration
  /// Reading the checkpoint.
  public var loading: Duration
  /// Share of the time that computing waits for data.
  public var dataShare: Double

  public init(
    mtbf: Duration, save: Duration, interval: Duration, detection: Duration = .seconds(0),
    startup: Duration = .seconds(0), loading: Duration = .seconds(0), dataShare: Double = 0
  ) {
    self.mtbf = mtbf
    self.save = save
    self.interval = interval
    self.detection = detection
    self.startup = startup
    self.loading = loading
    self.dataShare = dataShare
  }

  /// All that a restart takes.
  public var restart: Duration { detection + startup + loading }

  /// The same, saving as often as is best.
  public func withBestInterval() -> JobInterruptions {
    var best = self
    best.interval = CheckpointInterval.exact(save: save, mtbf: mtbf, restart: restart)
    return best
  }
}

/// Where the time of a job goes, in shares of the wall clock that add up to 1.
public struct Goodput: Hashable, Sendable {
  /// What a share was lost to.
  public enum Cause: String, Hashable, Sendable, CaseIterable {
    case data, saving, recomputing, detection, startup, loading, waiting
  }

  /// Computing steps that are kept.
  public var useful: Double
  public var lost: [Cause: Double]

  public init(useful: Double, lost: [Cause: Double]) {
    self.useful = useful
    self.lost = lost
  }

  /// Exponential failures, closed form. A segment of T computing and C saving is begun anew after each failure in it: K =
  /// e^((T+C)/M) - 1 failures a segment; each loses what the segment had done, M - (T+C)/K on average, and a restart,
  /// which failures strike too: M (e^(R/M) - 1). They add up to M e^(R/M) K, the denominator of
  /// ``CheckpointInterval/useful(interval:save:mtbf:restart:)``.
  public init(of job: JobInterruptions) {
    let m = job.mtbf.seconds
    let t = job.interval.seconds
    let c = job.save.seconds
    let r = job.restart.seconds
    let failures = expm1((t + c) / m)
    let cycle = m * exp(r / m) * failures
    guard m > 0, t > 0, cycle.isFinite, cycle > 0 else {
      self.init(useful: 0, lost: [.recomputing: 1])
      return
    }
    let again = max(0, failures * m - (t + c))
    let restarts = failures * m * expm1(r / m)
    func part(_ span: Duration) -> Double { r > 0 ? restarts * span.seconds / r / cycle : 0 }
    let data = min(max(job.dataShare, 0), 1)
    let computing = t / cycle
    self.init(
      useful: computing * (1 - data),
      lost: [
        .data: computing * data, .saving: c / cycle, .recomputing: again / cycle, .detection: part(job.detection),
        .startup: part(job.startup), .loading: part(job.loading),
      ])
  }

  /// Everything that was lost.
  public var badput: Double { lost.values.reduce(0, +) }

  /// The causes, the largest first.
  public var causes: [(cause: Cause, share: Double)] {
    Cause.allCases.compactMap { cause in lost[cause].flatMap { $0 > 0 ? (cause, $0) : nil } }
      .sorted { $0.share > $1.share }
  }
}

/// The same by simulation: failures from any distribution, for checking the closed form and for what it does not cover.
public struct GoodputSimulation: Sendable {
  public var job: JobInterruptions
  /// The coefficient of variation of the gaps between failures: 1 is exponential, above it they come in clusters (a
  /// mixture of two exponentials with balanced means), below it is not modelled.
  public var variation: Double

  public init(_ job: JobInterruptions, variation: Double = 1) {
    self.job = job
    self.variation = max(1, variation)
  }

  /// The useful share of so many failures.
  /// - Complexity: O(failures).
  public func run(failures: Int, seed: UInt64) -> Goodput {
    var random = RandomStream(seed: seed)
    let m = job.mtbf.seconds
    let t = job.interval.seconds
    let c = job.save.seconds
    let r = job.restart.seconds
    guard m > 0, t > 0 else { return Goodput(useful: 0, lost: [.recomputing: 1]) }
    // Hyperexponential of two phases with balanced means: CV^2 = 1 / (2 p (1 - p)) - 1.
    let square = variation * variation
    let p = 0.5 * (1 + ((square - 1) / (square + 1)).squareRoot())
    func gap(_ random: inout RandomStream) -> Double {
      if variation <= 1 { return random.exponential(mean: m) }
      return random.uniform() < p ? random.exponential(mean: m / (2 * p)) : random.exponential(mean: m / (2 * (1 - p)))
    }
    var (wall, kept, saved, lost, restarting) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for _ in 0..<max(1, failures) {
      var left = gap(&random)
      // The restart runs first; a failure may strike in it.
      let begin = min(left, r)
      restarting += begin
      wall += begin
      left -= begin
      if left <= 0 { continue }
      let segments = (left / (t + c)).rounded(.down)
      kept += segments * t
      saved += segments * c
      lost += left - segments * (t + c)
      wall += left
    }
    func part(_ span: Duration) -> Double { r > 0 ? restarting * span.seconds / r / wall : 0 }
    return Goodput(
      useful: kept / wall * (1 - job.dataShare),
      lost: [
        .data: kept / wall * job.dataShare, .saving: saved / wall, .recomputing: lost / wall,
        .detection: part(job.detection), .startup: part(job.startup), .loading: part(job.loading),
      ])
  }
}

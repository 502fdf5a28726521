import Catalogs
import Quantities

/// A training run to plan: the model, how much it learns from, on what, and by when.
public struct TrainingJob: Sendable {
  /// What the run must keep to.
  public enum Target: Hashable, Sendable {
    /// Done within this time, failures included, on as few accelerators as that takes.
    case within(Duration)
    /// On so many accelerators.
    case accelerators(Int)
    /// On as many accelerators as this many accelerator-hours pay for: the fastest within a budget.
    case acceleratorHours(Double)
  }

  public var name: String
  public var model: ModelArchitecture
  /// Tokens to learn from, all passes together.
  public var tokens: Double
  public var work: TrainingWork
  public var hardware: TrainingHardware
  /// Accelerators of one machine as they are rented.
  public var perMachine: Int
  public var target: Target
  /// Faults of the machines.
  public var faults: FaultModel
  public var restart: Restart
  /// The most accelerators that there are.
  public var atMost: Int
  public var data: DataSource

  /// What stopping and starting takes.
  public struct Restart: Hashable, Sendable {
    /// Until a hung collective is noticed. NCCL's watchdog waits 10 minutes; health checks and step timers notice sooner.
    public var detection: Duration = .minutes(3)
    /// Scheduling, images, initialising collectives.
    public var startup: Duration = .minutes(5)
    /// Bytes a second that one machine writes and reads of a checkpoint (BLOOM-176B: 57.5 GB/s on 48 machines).
    public var machineRate: ByteRate = .gigabytesPerSecond(1.2)
    /// Share of a save that holds computing up; the rest runs beside it (asynchronous checkpoints).
    public var blockingShare: Double = 1
    public init() {}
  }

  public init(
    name: String, model: ModelArchitecture, tokens: Double, work: TrainingWork, hardware: TrainingHardware,
    perMachine: Int = 8, target: Target, faults: FaultModel = .published, restart: Restart = Restart(),
    atMost: Int = 131_072, data: DataSource = .text
  ) {
    self.name = name
    self.model = model
    self.tokens = tokens
    self.work = work
    self.hardware = hardware
    self.perMachine = max(1, perMachine)
    self.target = target
    self.faults = faults
    self.restart = restart
    self.atMost = max(1, atMost)
    self.data = data
  }

  /// Sequences of a step that fit the size of a model: 0.5 million tokens at 1 billion parameters, 4 million from about 30
  /// billion (GPT-3, table 2.1; Llama 3 405B trains on up to 16 million).
  public static func usualBatch(parameters: Double, sequence: Double) -> Double {
    let tokens = min(4e6, 0.5e6 * max(1, (parameters / 1e9).squareRoot() * 1.5))
    var batch = 1.0
    while batch * 2 * sequence <= tokens { batch *= 2 }
    return batch
  }
}

extension FaultModel {
  /// What a public trace of 400 machines of eight accelerators shows over 348 days (InfiniteHBD-Trace @7aacdc8c): 4.2
  /// faults per 1,000 machine-days, a tenth of the machines with 41 % of them, repairs of 20 hours in the middle and 329 at
  /// the 90 % quantile.
  public static let published = FaultModel(
    ratePerNodeDay: 0.0042, evenness: 0.9, medianRepair: .hours(20), repairSpread: 2.18, dispersion: 2)
}

/// What the data pipeline must deliver, and what it can.
public struct DataSource: Hashable, Sendable {
  /// Bytes of one sample and how many tokens it makes.
  public var bytesPerSample: Double
  public var tokensPerSample: Double
  /// What storage and network deliver in all; nil where it is not known.
  public var delivers: ByteRate?
  /// Samples a second that one processor prepares, and processors of a machine.
  public var samplesPerProcessor: Double?
  public var processors: Int

  public init(
    bytesPerSample: Double, tokensPerSample: Double, delivers: ByteRate? = nil, samplesPerProcessor: Double? = nil,
    processors: Int = 64
  ) {
    self.bytesPerSample = bytesPerSample
    self.tokensPerSample = max(tokensPerSample, 1e-9)
    self.delivers = delivers
    self.samplesPerProcessor = samplesPerProcessor
    self.processors = processors
  }

  /// Tokens of 4 bytes, read as they are.
  public static let text = DataSource(bytesPerSample: 4, tokensPerSample: 1)

  /// Bytes a second that so many tokens a second need.
  public func needed(tokensPerSecond: Double) -> ByteRate {
    ByteRate(rawValue: tokensPerSecond / tokensPerSample * bytesPerSample)
  }

  /// The share of the time that computing waits for data, 0 where it does not; and what binds.
  public func wait(tokensPerSecond: Double, machines: Int) -> (share: Double, cause: String?) {
    let samples = tokensPerSecond / tokensPerSample
    var share = 0.0
    var cause: String?
    if let delivers {
      let needed = needed(tokensPerSecond: tokensPerSecond)
      if needed > delivers {
        share = 1 - delivers / needed
        cause = "storage and network"
      }
    }
    if let each = samplesPerProcessor {
      let most = each * Double(processors * max(1, machines))
      if samples > most, 1 - most / samples > share {
        share = 1 - most / samples
        cause = "processors that prepare samples"
      }
    }
    return (share, cause)
  }
}

import Catalogs
import Costs
import Quantities
import Training

/// A training run as a user states it, in a plan's `training:` or on the command line.
public struct TrainingRunSpec: Sendable {
  public var name = "training"
  /// The model's name in the catalog; nil where `architecture` or `parameters` says it.
  public var model: String?
  /// A model read from its own config.json.
  public var architecture: ModelArchitecture?
  /// Parameters of a typical model, where neither name nor file is given.
  public var parameters: Double?
  public var tokens: Double?
  public var accelerator: String?
  /// A machine type of the catalog; nil for the first with the accelerator.
  public var machine: String?
  public var region: String?
  public var lifecycle = Lifecycle.onDemand
  /// The price of one accelerator an hour, in place of the catalog's.
  public var price: HourlyPrice?
  public var within: Duration?
  public var accelerators: Int?
  public var budget: Money?
  public var sequence: Double?
  /// Sequences of one step.
  public var batch: Double?
  public var precision: TrainingPrecision?
  public var loraRank: Int?
  public var atMost: Int?
  /// Faults a machine and 1,000 days.
  public var faults: Double?
  public var checkpointRate: ByteRate?
  public var deadline: CivilDate?
  public var from: CivilDate?
  public var priority = 0
  public var isPreemptible = false
  public var spot: SpotJobSpec?
  /// A trace of machines' faults, in place of the published figures.
  public var faultTrace: FaultTrace?
  /// Steps that the user measured.
  public var measurements: [RunCalibration.Measurement] = []
  public var dataBytes: Double?
  public var dataRate: ByteRate?

  public init() {}
}

/// Spot capacity of a training run.
public struct SpotJobSpec: Sendable {
  /// How long spot machines stay, and stay away, on average.
  public var meanUp: Duration
  public var meanDown: Duration
  public var deadline: Duration?
  /// Nil without checkpoints.
  public var checkpointEvery: Duration?
  public var changeover: Duration
  /// Measured availability, in place of the averages.
  public var trace: SpotTrace?

  public init(
    meanUp: Duration, meanDown: Duration, deadline: Duration? = nil, checkpointEvery: Duration? = .minutes(15),
    changeover: Duration = .minutes(12)
  ) {
    self.meanUp = meanUp
    self.meanDown = meanDown
    self.deadline = deadline
    self.checkpointEvery = checkpointEvery
    self.changeover = changeover
  }
}

/// A training run with its answer and its bill.
public struct TrainedRun: Sendable {
  public var spec: TrainingRunSpec
  public var plan: TrainingPlan
  public var machine: Machine
  public var machines: Int
  /// The bill of the chosen option, spares not counted; empty where no price is known.
  public var bill: CostBreakdown
  /// Of the other sizes, in the order of the plan's.
  public var sizeBills: [CostBreakdown]
  /// The same on spot capacity by policy; nil where it was not asked for.
  public var spot: SpotAnswer?
  public var warnings: [TrainingError]
  /// What the user's own steps said; nil without.
  public var calibration: RunCalibration?
}

/// What spot capacity would make of a run.
public struct SpotAnswer: Sendable {
  public var job: SpotJob
  public var model: SpotModel
  /// Why it is refused; nil where it can be done.
  public var refusal: TrainingError?
  public var studies: [(policy: SpotPolicy, result: SpotStudy.Result, bill: CostBreakdown)]
}

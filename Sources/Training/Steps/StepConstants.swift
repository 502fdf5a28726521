/// The constants of the step model: efficiencies, latencies and overlaps that no data sheet states.
///
/// Fitted on measured runs by `headroom validate training --fit`, which writes the catalog file; every use stands in
/// ``StepModel``. One list, ``fields``, names them for the file and the fit.
public struct StepConstants: Hashable, Sendable {
  /// Share of the bf16 peak that large products reach on Ampere. (share)
  public var ampereEfficiency = 0.0
  /// The same on Hopper. (share)
  public var hopperEfficiency = 0.0
  /// The same on Blackwell. (share)
  public var blackwellEfficiency = 0.0
  /// The same on Blackwell beside a Grace processor (GB200, GB300). (share)
  public var rackBlackwellEfficiency = 0.0
  /// What fp8 reaches of its peak, over what bf16 reaches of its own, on Hopper. (factor)
  public var hopperFP8 = 0.0
  /// The same on Blackwell. (factor)
  public var blackwellFP8 = 0.0
  /// What a scale a block leaves of the fp8 rate. (factor)
  public var blockScaled = 0.0
  /// What fp4 reaches of its peak, over what bf16 reaches of its own. (factor)
  public var fp4Share = 0.0
  /// Rate under a power cap is the power share to this exponent. (exponent)
  public var powerExponent = 0.0
  /// Inner width of a product at which half of the rate is reached. (columns)
  public var depthHalf = 0.0
  /// Outer width of a product at which half of the rate is reached. (columns)
  public var widthHalf = 0.0
  /// Tokens of a product at which half of the rate is reached. (rows)
  public var rowsHalf = 0.0
  /// Share of the bf16 peak that attention reaches on Ampere. (share)
  public var ampereAttention = 0.0
  /// The same on Hopper. (share)
  public var hopperAttention = 0.0
  /// The same on Blackwell. (share)
  public var blackwellAttention = 0.0
  /// Bytes that elementwise work of a layer moves per hidden value. (bytes)
  public var elementBytes = 0.0
  /// Bytes more per hidden value for casting to fp8 or fp4. (bytes)
  public var castBytes = 0.0
  /// Bytes moved per attention score where scores are written to memory. (bytes)
  public var scoreBytes = 0.0
  /// Share of the memory bandwidth that elementwise work reaches. (share)
  public var memoryShare = 0.0
  /// Time to launch one kernel of a dense layer. (s)
  public var launch = 0.0
  /// How launching and computing overlap: (a^p + b^p)^(1/p). (exponent)
  public var launchNorm = 0.0
  /// Time to launch one kernel of a layer with experts, routing and its synchronisation included. (s)
  public var expertLaunch = 0.0
  /// The exponent for layers with experts; 1 adds. (exponent)
  public var expertLaunchNorm = 0.0
  /// Tokens of one expert at which its grouped product reaches half of the rate. (rows)
  public var groupRows = 0.0
  /// What grouped products reach of the rate of plain ones. (share)
  public var groupedShare = 0.0
  /// Twice the bytes moved per routed hidden value for ordering by expert and back. (bytes / 2)
  public var permuteBytes = 0.0
  /// Ten times the bytes moved per logit by the loss. (bytes / 10)
  public var logitBytes = 0.0
  /// Share of the link bandwidth that collectives reach. (share)
  public var linkShare = 0.0
  /// Share of the network bandwidth that collectives reach. (share)
  public var networkShare = 0.0
  /// The same where a tensor-parallel group spans machines. (share)
  public var tensorNetworkShare = 0.0
  /// The same for all-to-all between machines. (share)
  public var expertNetworkShare = 0.0
  /// Start of one collective a step of its ring. (s)
  public var collectiveStart = 0.0
  /// Share of tensor-parallel collectives that computing hides, with sequence parallelism. (share)
  public var tensorOverlap = 0.0
  /// Share of all-to-all that computing hides. (share)
  public var expertOverlap = 0.0
  /// Share of the ring of keys and values that attention hides. (share)
  public var contextOverlap = 0.0
  /// Share of gradient reduction and weight gathering that computing hides, distributed optimizer. (share)
  public var gradientOverlap = 0.0
  /// The same without a distributed optimizer. (share)
  public var plainGradientOverlap = 0.0
  /// Time of transfers between stages over bytes / bandwidth. (factor)
  public var stageTransfer = 0.0
  /// How gathering sharded weights and computing overlap: (a^p + b^p)^(1/p). (exponent)
  public var shardNorm = 0.0
  /// Loss of bandwidth of sharded gathering a doubling of machines. (per doubling)
  public var shardSpread = 0.0
  /// Network share of the first ZeRO-3 (2021), a ring over one adapter. (share)
  public var firstShardShare = 0.0
  /// Time of recomputing a layer over its forward pass. (factor)
  public var recomputeShare = 0.0
  /// Share of the forward pass that selective checkpoints of sharded runs recompute. (share)
  public var selectiveShare = 0.0
  /// Bytes moved per parameter and micro-batch where gradients are accumulated apart in fp32. (bytes)
  public var accumulateBytes = 0.0
  /// Loss to stragglers a doubling of machines. (per doubling)
  public var spread = 0.0
  /// What every step takes besides. (s)
  public var fixedStep = 0.0
  /// Bytes that the optimizer moves per parameter. (bytes)
  public var optimizerBytes = 0.0
  /// How much slower products of 2023 software are on Hopper. (factor)
  public var oldKernels = 0.0
  /// What attention of 2023 software reaches of today's. (factor)
  public var oldAttention = 0.0
  /// How many more bytes elementwise work of 2023 software moves. (factor)
  public var oldElements = 0.0

  public init() {}

  /// One constant: its name in the catalog file, where it stands, and bounds that a fit keeps.
  public struct Field: Sendable {
    public var name: String
    public var path: any WritableKeyPath<StepConstants, Double> & Sendable
    /// Whether it is a share, which stays below 1.
    public var isShare: Bool
  }

  /// All of them, in the order of the file.
  public static let fields: [Field] = [
    Field(name: "ampereEfficiency", path: \.ampereEfficiency, isShare: true),
    Field(name: "hopperEfficiency", path: \.hopperEfficiency, isShare: true),
    Field(name: "blackwellEfficiency", path: \.blackwellEfficiency, isShare: true),
    Field(name: "rackBlackwellEfficiency", path: \.rackBlackwellEfficiency, isShare: true),
    Field(name: "hopperFP8", path: \.hopperFP8, isShare: false),
    Field(name: "blackwellFP8", path: \.blackwellFP8, isShare: false),
    Field(name: "blockScaled", path: \.blockScaled, isShare: false),
    Field(name: "fp4Share", path: \.fp4Share, isShare: false),
    Field(name: "powerExponent", path: \.powerExponent, isShare: false),
    Field(name: "depthHalf", path: \.depthHalf, isShare: false),
    Field(name: "widthHalf", path: \.widthHalf, isShare: false),
    Field(name: "rowsHalf", path: \.rowsHalf, isShare: false),
    Field(name: "ampereAttention", path: \.ampereAttention, isShare: true),
    Field(name: "hopperAttention", path: \.hopperAttention, isShare: true),
    Field(name: "blackwellAttention", path: \.blackwellAttention, isShare: true),
    Field(name: "elementBytes", path: \.elementBytes, isShare: false),
    Field(name: "castBytes", path: \.castBytes, isShare: false),
    Field(name: "scoreBytes", path: \.scoreBytes, isShare: false),
    Field(name: "memoryShare", path: \.memoryShare, isShare: true),
    Field(name: "launch", path: \.launch, isShare: false),
    Field(name: "launchNorm", path: \.launchNorm, isShare: false),
    Field(name: "expertLaunch", path: \.expertLaunch, isShare: false),
    Field(name: "expertLaunchNorm", path: \.expertLaunchNorm, isShare: false),
    Field(name: "groupRows", path: \.groupRows, isShare: false),
    Field(name: "groupedShare", path: \.groupedShare, isShare: true),
    Field(name: "permuteBytes", path: \.permuteBytes, isShare: false),
    Field(name: "logitBytes", path: \.logitBytes, isShare: false),
    Field(name: "linkShare", path: \.linkShare, isShare: true),
    Field(name: "networkShare", path: \.networkShare, isShare: true),
    Field(name: "tensorNetworkShare", path: \.tensorNetworkShare, isShare: true),
    Field(name: "expertNetworkShare", path: \.expertNetworkShare, isShare: true),
    Field(name: "collectiveStart", path: \.collectiveStart, isShare: false),
    Field(name: "tensorOverlap", path: \.tensorOverlap, isShare: true),
    Field(name: "expertOverlap", path: \.expertOverlap, isShare: true),
    Field(name: "contextOverlap", path: \.contextOverlap, isShare: true),
    Field(name: "gradientOverlap", path: \.gradientOverlap, isShare: true),
    Field(name: "plainGradientOverlap", path: \.plainGradientOverlap, isShare: true),
    Field(name: "stageTransfer", path: \.stageTransfer, isShare: false),
    Field(name: "shardNorm", path: \.shardNorm, isShare: false),
    Field(name: "shardSpread", path: \.shardSpread, isShare: false),
    Field(name: "firstShardShare", path: \.firstShardShare, isShare: true),
    Field(name: "recomputeShare", path: \.recomputeShare, isShare: false),
    Field(name: "selectiveShare", path: \.selectiveShare, isShare: true),
    Field(name: "accumulateBytes", path: \.accumulateBytes, isShare: false),
    Field(name: "spread", path: \.spread, isShare: false),
    Field(name: "fixedStep", path: \.fixedStep, isShare: false),
    Field(name: "optimizerBytes", path: \.optimizerBytes, isShare: false),
    Field(name: "oldKernels", path: \.oldKernels, isShare: false),
    Field(name: "oldAttention", path: \.oldAttention, isShare: false),
    Field(name: "oldElements", path: \.oldElements, isShare: false),
  ]
}

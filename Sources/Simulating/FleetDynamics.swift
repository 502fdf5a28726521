import Glibc
import Quantities

/// How a simulated fleet grows and shrinks: its bounds, and how long its replicas take to come and to go. What it runs on
/// and what that costs is stated by the world's `Fleet`.
public struct FleetDynamics: Sendable, Hashable {
  /// Ready replicas at the start; may lie outside the bounds until the policy first changes it.
  public var initial: Int
  /// The fleet never leaves these bounds once a policy acts, whatever the policy asks for.
  public var minimum: Int
  public var maximum: Int
  public var startup: Startup
  /// How long a replica that is told to stop keeps its machine; it takes no new requests.
  public var drainTime: Duration
  /// Spare nodes kept ready: a starting replica that finds one skips the node stage. A taken one is replaced after
  /// the node stage's time; a stopped replica gives its node back to the spares first.
  public var warmNodes: Int
  /// The nodes, where they have an autoscaler of their own; it takes the place of the start's node stage and of the
  /// spare nodes, and what is paid for is the nodes.
  public var nodes: NodePoolSpec?

  /// - Precondition: 0 <= minimum <= maximum <= 10^9, 0 <= initial <= 10^9, and no negative spares.
  public init(
    initial: Int = 1, minimum: Int = 1, maximum: Int = 100, startup: Startup = Startup(),
    drainTime: Duration = .zero, warmNodes: Int = 0, nodes: NodePoolSpec? = nil
  ) {
    precondition(0 <= minimum && minimum <= maximum && maximum <= 1_000_000_000, "a fleet needs 0 <= min <= max")
    precondition(0 <= initial && initial <= 1_000_000_000, "a fleet starts with 0 to 10^9 replicas")
    precondition(warmNodes >= 0, "spare nodes cannot be negative")
    self.initial = initial
    self.minimum = minimum
    self.maximum = maximum
    self.startup = startup
    self.drainTime = max(drainTime, .zero)
    self.warmNodes = warmNodes
    self.nodes = nodes
  }
}

/// How long each stage of a start takes. Stages follow each other.
public struct Startup: Sendable, Hashable {
  public var node: StartupTime
  public var image: StartupTime
  public var modelLoad: StartupTime
  public var warm: StartupTime

  public init(
    node: StartupTime = .fixed(.zero), image: StartupTime = .fixed(.zero), modelLoad: StartupTime = .fixed(.zero),
    warm: StartupTime = .fixed(.zero)
  ) {
    self.node = node
    self.image = image
    self.modelLoad = modelLoad
    self.warm = warm
  }

  /// Whether every start takes the same time.
  var isFixed: Bool { node.isFixed && image.isFixed && modelLoad.isFixed && warm.isFixed }

  /// The mean time from asked for to ready, with a new node.
  public var mean: Duration {
    .seconds(node.meanSeconds + image.meanSeconds + modelLoad.meanSeconds + warm.meanSeconds)
  }
}

/// A time that is fixed, or drawn for every replica.
public enum StartupTime: Sendable, Hashable {
  case fixed(Duration)
  case uniform(Duration, Duration)
  /// `shape` is the deviation of the logarithm: 0.3 puts p99 at twice the median.
  case lognormal(median: Duration, shape: Double)

  var isFixed: Bool { if case .fixed = self { true } else { false } }

  public var meanSeconds: Double {
    switch self {
    case .fixed(let time): max(0, time.seconds)
    case .uniform(let low, let high): max(0, (low.seconds + high.seconds) / 2)
    case .lognormal(let median, let shape): max(0, median.seconds) * exp(shape * shape / 2)
    }
  }
}

/// A startup time in seconds, for inner loops.
struct StartupDraw {
  private enum Kind { case fixed, uniform, lognormal }
  private let kind: Kind
  private let first: Double
  private let second: Double

  init(_ time: StartupTime) {
    switch time {
    case .fixed(let time): (kind, first, second) = (.fixed, time.seconds, 0)
    case .uniform(let low, let high): (kind, first, second) = (.uniform, low.seconds, high.seconds)
    case .lognormal(let median, let shape): (kind, first, second) = (.lognormal, median.seconds, shape)
    }
  }

  /// Seconds, 0 or more, at most 30 days: what lies beyond never matters to a plan and would outlive the run.
  func sample(_ random: inout RandomStream) -> Double {
    let drawn =
      switch kind {
      case .fixed: first
      case .uniform: random.uniform(first, second)
      case .lognormal: random.lognormal(median: first, shape: second)
      }
    return drawn > 0 ? min(drawn, 2_592_000) : 0
  }
}

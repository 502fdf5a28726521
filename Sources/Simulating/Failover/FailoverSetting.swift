/// What a failover is played on: regions with their capacity, origins with their demand, and how traffic, clients and
/// standbys behave.
public struct FailoverSetting: Hashable, Sendable {
  public struct Region: Hashable, Sendable {
    public var name: String
    /// Requests a second that what stands serves.
    public var capacity: Double
    /// Requests a second that it can grow to.
    public var limit: Double
    public init(name: String, capacity: Double, limit: Double? = nil) {
      precondition(capacity >= 0 && capacity.isFinite, "a capacity is a number that is not negative")
      self.name = name
      self.capacity = capacity
      self.limit = max(capacity, limit ?? capacity)
    }
  }
  public struct Origin: Hashable, Sendable {
    public var name: String
    /// Requests a second at each of ``FailoverSetting/demandStep`` seconds, between which it changes evenly.
    public var demand: [Double]
    /// The part of it that each region serves; they add up to one.
    public var shares: [Double]
    /// Where it goes when regions are lost: weights by region, of which those that stand count. Empty for the shares.
    public var fallback: [Double]
    public init(name: String, demand: [Double], shares: [Double], fallback: [Double] = []) {
      precondition(demand.allSatisfy { $0.isFinite && $0 >= 0 }, "demand is finite and not negative")
      self.name = name
      self.demand = demand
      self.shares = shares
      self.fallback = fallback
    }
  }
  /// How clients behave whose request fails.
  public struct Retries: Hashable, Sendable {
    /// Attempts in all: 1 is no retry.
    public var attempts: Int
    /// Seconds until a client gives up on an attempt.
    public var timeout: Double
    /// Seconds before the first retry; each further one waits twice as long, half of it at random.
    public var backoff: Double
    /// Retries are at most this share of first attempts (a retry budget); nil for no bound.
    public var budget: Double?
    public init(attempts: Int = 3, timeout: Double = 1, backoff: Double = 0, budget: Double? = nil) {
      precondition((1...16).contains(attempts) && timeout > 0 && backoff >= 0, "retries are 1 to 16 attempts")
      self.attempts = attempts
      self.timeout = timeout
      self.backoff = backoff
      self.budget = budget
    }
  }
  /// What a region does with requests that must wait.
  public struct Queue: Hashable, Sendable {
    /// How long the longest queue takes to serve, in seconds of the region's capacity; what comes beyond it is refused.
    public var seconds: Double
    /// Whether requests are still served whose clients have given up.
    public var servesAbandoned: Bool
    public init(seconds: Double = 2, servesAbandoned: Bool = true) {
      self.seconds = max(0, seconds)
      self.servesAbandoned = servesAbandoned
    }
  }
  /// How standing regions grow once traffic is led to them.
  ///
  /// The target is what an autoscaler's metric sees: attempts, retries among them, smoothed over half a minute. A
  /// Kubernetes HPA sets replicas to current x metric / target (Kubernetes, "Horizontal Pod Autoscaling", algorithm
  /// details), and requests a second or busy cores count a retry as they count a first attempt.
  public struct ScaleUp: Hashable, Sendable {
    /// Seconds from the decision until the first new capacity serves: machine, image, model load.
    public var delay: Double
    /// Requests a second of capacity that come each second after that.
    public var rate: Double
    public init(delay: Double, rate: Double) {
      self.delay = max(0, delay)
      self.rate = max(0, rate)
    }
    /// Nothing grows.
    public static let none = ScaleUp(delay: .infinity, rate: 0)
  }
  /// What a request costs whose data the new region has not cached.
  public struct Caches: Hashable, Sendable {
    /// The further work of a miss: 1 makes it twice as dear.
    public var penalty: Double
    /// Seconds in which the share of misses falls to 37 %.
    public var fill: Double
    public init(penalty: Double = 0, fill: Double = 300) {
      self.penalty = max(0, penalty)
      self.fill = max(1e-3, fill)
    }
  }

  public var regions: [Region]
  public var origins: [Origin]
  public var demandStep: Double
  public var mechanism: RoutingMechanism
  public var retries: Retries
  public var queue: Queue
  public var scaleUp: ScaleUp
  public var caches: Caches
  /// Seconds by which the copies of the data lag.
  public var replicationLag: Double
  /// The share of requests that must be served for the service to count as up.
  public var objective: Double

  public init(
    regions: [Region], origins: [Origin], demandStep: Double = 3600, mechanism: RoutingMechanism,
    retries: Retries = Retries(), queue: Queue = Queue(), scaleUp: ScaleUp = .none, caches: Caches = Caches(),
    replicationLag: Double = 0, objective: Double = 0.99
  ) {
    precondition(
      origins.allSatisfy {
        $0.shares.count == regions.count && ($0.fallback.isEmpty || $0.fallback.count == regions.count)
      },
      "an origin has a share for each region")
    precondition(demandStep > 0 && demandStep.isFinite, "demand has steps")
    self.regions = regions
    self.origins = origins
    self.demandStep = demandStep
    self.mechanism = mechanism
    self.retries = retries
    self.queue = queue
    self.scaleUp = scaleUp
    self.caches = caches
    self.replicationLag = replicationLag
    self.objective = objective
  }
}

/// What goes wrong.
public struct RegionIncident: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// The region answers nothing.
    case lost
    /// This share of its capacity is left.
    case brownout(left: Double)
    /// Each request takes so many times as long.
    case slow(factor: Double)
    /// A bad release that is rolled out region by region, this one first, so many seconds apart: this share of capacity is
    /// left in each.
    case deploy(left: Double, every: Double)

    public var name: String {
      switch self {
      case .lost: "lost"
      case .brownout: "brownout"
      case .slow: "slow"
      case .deploy: "deploy"
      }
    }
  }
  public var kind: Kind
  public var region: Int
  /// Seconds from the demand's beginning.
  public var start: Double
  public var duration: Double
  public init(_ kind: Kind, region: Int, start: Double, duration: Double) {
    self.kind = kind
    self.region = region
    self.start = start
    self.duration = duration
  }

  /// When it reaches a region; nil where it does not.
  func start(in region: Int, of count: Int) -> Double? {
    guard case .deploy(_, let every) = kind else { return region == self.region ? start : nil }
    return start + Double((region - self.region + count) % count) * every
  }
  /// The share of capacity that it leaves.
  var left: Double {
    switch kind {
    case .lost: 0
    case .brownout(let left), .deploy(let left, _): min(1, max(0, left))
    case .slow(let factor): factor > 1 ? 1 / factor : 1
    }
  }
  /// Whether health checks see it: what still answers them does not fail them.
  var isSeen: Bool { kind == .lost }
}

import Quantities

/// What one step over a batch of requests takes.
public struct BatchStep: Hashable, Sendable {
  /// Seconds.
  public var time: Double
  /// What it holds meanwhile; nil where the model does not know.
  public var memory: Bytes?

  public init(time: Double, memory: Bytes? = nil) {
    self.time = time
    self.memory = memory
  }
}

/// When a replica that works in batches begins the next one: the rules of Triton's dynamic batcher.
public struct BatchRules: Hashable, Sendable {
  /// The most requests in one batch.
  public var maximum: Int
  /// How long the oldest waits for others to join, where a batch is not full; zero begins with what there is.
  public var delay: Duration
  /// Sizes at which a batch does not wait any longer, the largest that can be filled; empty for none but the maximum.
  public var preferred: [Int]
  /// Copies of the model on one replica, each with a batch of its own at a time.
  public var instances: Int

  /// - Precondition: a maximum and instances of 1 or more, no negative delay, preferred sizes from 1 to the maximum.
  public init(maximum: Int, delay: Duration = .zero, preferred: [Int] = [], instances: Int = 1) {
    precondition(maximum >= 1 && instances >= 1 && delay >= .zero, "a batch holds a request or more")
    precondition(preferred.allSatisfy { (1...maximum).contains($0) }, "a preferred size lies within the maximum")
    self.maximum = maximum
    self.delay = delay
    self.preferred = preferred.sorted()
    self.instances = instances
  }
}

extension ServiceModel {
  public var balancing: Balancing { .usual }
  public var requestLimit: Int? { nil }
  public func requestTime(inFlight: Int) -> TimeDistribution? { nil }
  public var batchRules: BatchRules? { nil }
  public func batchStep(of size: Int) -> BatchStep? { nil }

  /// Whether a world of single requests can run it.
  public var knowsSingleRequests: Bool {
    requestTime(inFlight: 1) != nil || (batchRules != nil && batchStep(of: 1) != nil)
  }
}

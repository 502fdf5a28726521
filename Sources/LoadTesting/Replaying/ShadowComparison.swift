import Quantities

/// How a second service answered the same requests at the same times.
public struct ShadowComparison: Sendable, Equatable {
  /// Requests that both were sent.
  public var compared = 0
  /// Of those: whole responses of both with another status, and with the same status and other content.
  public var otherStatus = 0
  public var otherBody = 0
  /// Whole responses of one of them only.
  public var onlyFirst = 0
  public var onlySecond = 0
  /// Status pairs that differ, and how often.
  public var statusPairs: [StatusPair: Int] = [:]
  public struct StatusPair: Hashable, Sendable {
    public var first: Int
    public var second: Int
    public init(first: Int, second: Int) {
      self.first = first
      self.second = second
    }
  }
  /// Seconds that the second took longer, request by request, at P50, P95 and P99; negative where it was faster.
  public var slowerP50: Double?
  public var slowerP95: Double?
  public var slowerP99: Double?
  /// Numbers of the first requests that differ, from 0.
  public var examples: [Int] = []
  static let mostExamples = 10

  /// - Parameter comparesBodies: whether content counts.
  public init(_ first: [RequestOutcome], _ second: [RequestOutcome], comparesBodies: Bool) {
    var slower: [Double] = []
    for (number, (a, b)) in zip(first, second).enumerated() {
      compared += 1
      var differs = true
      switch (a.ending == .answered, b.ending == .answered) {
      case (true, true):
        slower.append(Double(b.latency - a.latency) / 1e9)
        if a.status != b.status {
          otherStatus += 1
          statusPairs[StatusPair(first: a.status, second: b.status), default: 0] += 1
        } else if comparesBodies, a.bodyHash != b.bodyHash {
          otherBody += 1
        } else {
          differs = false
        }
      case (true, false): onlyFirst += 1
      case (false, true): onlySecond += 1
      case (false, false): differs = false
      }
      if differs, examples.count < Self.mostExamples { examples.append(number) }
    }
    slowerP50 = Statistics.quantile(slower, 0.5)
    slowerP95 = Statistics.quantile(slower, 0.95)
    slowerP99 = Statistics.quantile(slower, 0.99)
  }

  public var isSame: Bool { otherStatus == 0 && otherBody == 0 && onlyFirst == 0 && onlySecond == 0 }
}

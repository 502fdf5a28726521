import Glibc
import Quantities

/// How a new version takes the place of the one that runs: a rolling update of a Kubernetes Deployment.
///
/// New replicas start as far as the surge allows, and old ones go as far as enough of all are available. A new replica is
/// available when it has been ready for ``settling``. The pace is therefore set by how long a replica takes to start. Old
/// replicas that are not ready go first. Source: the Deployment controller (`rolling.go`, and `ResolveFenceposts` in
/// `deployment_util.go`): a share of the surge is rounded up, one of the unavailable down, and where both come to none one
/// replica may be unavailable.
public struct Rollout: Sendable, Hashable {
  /// A part of a fleet: a share of it, or a number of replicas.
  public enum Part: Sendable, Hashable {
    case share(Fraction)
    case count(Int)
  }
  /// How many more replicas than asked for there may be (`maxSurge`).
  public var surge: Part
  /// How many fewer than asked for may be available (`maxUnavailable`).
  public var unavailable: Part
  /// How long a replica must be ready to count as available (`minReadySeconds`).
  public var settling: Duration

  /// The defaults are a Deployment's.
  public init(
    surge: Part = .share(.percent(25)), unavailable: Part = .share(.percent(25)), settling: Duration = .zero
  ) {
    self.surge = surge
    self.unavailable = unavailable
    self.settling = max(settling, .zero)
  }

  /// Both bounds in replicas, for a fleet of so many.
  func bounds(of replicas: Int) -> (surge: Int, unavailable: Int) {
    func part(_ part: Part, _ rule: FloatingPointRoundingRule) -> Int {
      switch part {
      case .count(let count): max(0, count)
      // A share in whole percent, as the API has it, lands on its whole number.
      case .share(let share): Int((min(1e9, max(0, share.rawValue * Double(replicas))) * 1e9).rounded() / 1e9, rule)
      }
    }
    let surge = part(surge, .up)
    let unavailable = min(part(unavailable, .down), replicas)
    return (surge, surge == 0 && unavailable == 0 ? 1 : unavailable)
  }
}

extension Int {
  fileprivate init(_ value: Double, _ rule: FloatingPointRoundingRule) { self = Int(value.rounded(rule)) }
}

/// A rollout on its way.
struct RollingUpdate {
  let spec: Rollout
  /// Replicas that are asked for; those beyond them are the surge.
  var target: Int
  /// Ready replicas of the old version.
  var old: Int
  let began: Double
  /// New replicas that are ready and not yet available.
  private(set) var settling: [(count: Int, end: Double)] = []

  init(_ spec: Rollout, target: Int, old: Int, began: Double) {
    self.spec = spec
    self.target = target
    self.old = old
    self.began = began
  }

  var settlingCount: Int { settling.reduce(0) { $0 + $1.count } }
  var nextEvent: Double { settling.reduce(.infinity) { min($0, $1.end) } }

  mutating func becameReady(_ count: Int, at time: Double) {
    if count > 0, spec.settling > .zero { settling.append((count, time + spec.settling.seconds)) }
  }
  mutating func settle(by time: Double) { settling.removeAll { $0.end <= time } }

  /// Of replicas that are lost at random, those of the old version go in proportion; what starts for them is new.
  mutating func lose(_ lost: Int, of ready: Int) {
    guard ready > 0 else { return }
    old -= min(old, Int((Double(lost) * Double(old) / Double(ready)).rounded()))
  }
}

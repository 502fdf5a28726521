import Quantities
import Serving

/// How many sessions at once a fleet carries within an objective.
public struct SeatSearch: Sendable {
  /// What so many seats met with.
  public struct Answer: Sendable {
    public var seats: Int
    /// Whether they keep the objective; the most seats that do, or one that does not.
    public var isMet: Bool
    public var record: TokenRecord
  }

  public let world: TokenWorld
  /// The sessions; ``SessionLoad/seats`` is what is looked for.
  public let load: SessionLoad
  public let objective: Objective

  /// - Parameter objective: of turns. Without bounds, the seats are the most whose turns keep up: nine of ten are answered
  ///   within ten times what one alone takes.
  public init(_ world: TokenWorld, load: SessionLoad, objective: Objective) {
    self.world = world
    self.load = load
    self.objective = objective
  }

  /// What so many seats meet with.
  public func answer(_ seats: Int) -> Answer {
    var asked = load
    asked.seats = seats
    let record = world.play(asked)
    return Answer(seats: seats, isMet: keeps(record), record: record)
  }

  private func keeps(_ record: TokenRecord) -> Bool {
    guard !record.requests.isEmpty else { return true }
    guard objective.latency.isEmpty else {
      return objective.latency.allSatisfy { record.share(within: [$0]).rawValue >= $0.quantile }
    }
    let alone = world.replica.step.seconds(.prompts(1, of: load.sharedPrompt + load.firstPrompt)) + world.replica.entry
    return record.firstToken.p90 <= 10 * alone
  }

  /// The most seats that keep the objective, to some per cent: doubled until they do not, then halved in between.
  ///
  /// - Parameter bound: where the search ends.
  public func most(upTo bound: Int = 100_000) -> Answer {
    var good: Answer?
    var bad = 0
    var seats = max(1, world.replicas)
    while seats <= bound {
      let found = answer(seats)
      guard found.isMet else {
        bad = seats
        if good == nil, seats > 1 {
          // Fewer seats than replicas: from one up.
          seats = max(1, seats / 2)
          if let one = Self.first(from: seats, answer) { good = one }
        }
        break
      }
      good = found
      seats *= 2
    }
    guard var best = good else { return answer(1) }
    guard bad > 0 else { return best }
    while bad - best.seats > max(1, best.seats / 40) {
      let middle = (best.seats + bad) / 2
      let found = answer(middle)
      if found.isMet { best = found } else { bad = middle }
    }
    return best
  }

  private static func first(from seats: Int, _ answer: (Int) -> Answer) -> Answer? {
    var seats = seats
    while seats >= 1 {
      let found = answer(seats)
      if found.isMet { return found }
      seats /= 2
    }
    return nil
  }
}

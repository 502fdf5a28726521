import Connecting
import Documents
import Planning
import Quantities
import Reporting
import Storing
import Synchronization
import Traffic

/// Scheduled work beside the pages: plans are read and answered anew on a cadence, what changed is told, and a history of
/// plans and forecasts is kept where the store may be written.
public final class Watch: Sendable {
  public struct Options: Sendable {
    public var cadence: Duration
    /// Is sent what changed, as JSON.
    public var webhook: String?
    /// Alertmanager's address; everything that stands is repeated to it.
    public var alertmanager: String?
    /// Where the dashboard answers, for links.
    public var address: String
    /// Whether the store may be written.
    public var keepsHistory: Bool
    public init(
      cadence: Duration, webhook: String? = nil, alertmanager: String? = nil, address: String, keepsHistory: Bool
    ) {
      self.cadence = cadence
      self.webhook = webhook
      self.alertmanager = alertmanager
      self.address = address
      self.keepsHistory = keepsHistory
    }
  }

  private struct State {
    var book = AlertBook()
    /// Changes that a webhook has not taken yet.
    var unsent: [AlertBook.Change] = []
    /// The day on which each plan and its forecast were kept last, once that was looked up.
    var keptOn: [String: CivilDate] = [:]
  }
  private let site: Site
  private let options: Options
  private let post: @Sendable (_ url: String, _ json: String) -> String?
  private let state = Mutex(State())

  /// - Parameter post: sends a document; gives what went wrong, or nil.
  public init(
    _ site: Site, _ options: Options, post: @escaping @Sendable (_ url: String, _ json: String) -> String?
  ) throws(StoringError) {
    self.site = site
    self.options = options
    self.post = post
    let kept = try site.store?.runs().filter { $0.kind == Self.kind }.reversed().compactMap {
      AlertDocuments.change($0.result)
    }
    state.withLock { $0.book.replay(kept ?? []) }
  }

  /// What alerts are kept as in the store.
  static let kind = "alert"

  /// What stands now, the gravest and oldest first.
  public var standing: [AlertBook.Standing] {
    state.withLock { Array($0.book.standing.values) }.sorted {
      ($0.alert.severity, $0.since, $0.alert.key) < ($1.alert.severity, $1.since, $1.alert.key)
    }
  }

  /// One look at a board that was just answered: tells what is new, keeps what is to be kept.
  /// - Returns: what went wrong on the way, in sentences; none of it stops the next look.
  @discardableResult public func look(at board: Board) -> [String] {
    let now = site.settings.clock()
    var problems: [String] = []
    let changes = state.withLock { state in
      let changes = state.book.look(at: Alert.all(of: board), now: now)
      if options.webhook != nil { state.unsent += changes }
      return changes
    }
    site.setStanding(standing)
    if options.keepsHistory, let store = site.store {
      do throws(StoringError) {
        try keep(changes, in: store, at: now)
        try keep(board, in: store, at: now)
      } catch {
        problems.append("The history could not be kept: \(error)")
      }
    }
    if let webhook = options.webhook { send(to: webhook, &problems) }
    if let alertmanager = options.alertmanager {
      let text = AlertDocuments.alertmanager(
        standing, over: changes, site: options.address, ends: now + options.cadence * 4)
      let url = (alertmanager.hasSuffix("/") ? String(alertmanager.dropLast()) : alertmanager) + "/api/v2/alerts"
      if let problem = post(url, text) { problems.append(problem) }
    }
    return problems
  }

  /// What could not be sent stays to be sent with the next look.
  private func send(to webhook: String, _ problems: inout [String]) {
    let unsent = state.withLock { $0.unsent }
    guard !unsent.isEmpty else { return }
    if let problem = post(webhook, AlertDocuments.webhook(unsent, site: options.address)) {
      problems.append(problem)
      return
    }
    state.withLock { $0.unsent.removeFirst(unsent.count) }
  }

  private func keep(_ changes: [AlertBook.Change], in store: Store, at now: Timestamp) throws(StoringError) {
    for change in changes {
      try store.saveRun(
        plan: change.alert.service, kind: Self.kind,
        result: AlertDocuments.change(change, link: AlertDocuments.link(change.alert, options.address)), at: now)
    }
  }

  /// Once a day and service: the plan as it was answered, and its forecast for the day when it can be held against what came.
  private func keep(_ board: Board, in store: Store, at now: Timestamp) throws(StoringError) {
    let today = now.utc.date
    for entry in board.services where !entry.text.isEmpty {
      let name = entry.outcome.plan.name
      if state.withLock({ $0.keptOn[name] }) == nil {
        // A plan is kept with its forecast, where it has one.
        let last =
          entry.outcome.demand.forecast == nil
          ? try store.planHistory(name).first?.saved : try store.forecasts(of: name).first?.saved
        state.withLock { $0.keptOn[name] = last?.utc.date ?? today - 1 }
      }
      guard state.withLock({ $0.keptOn[name] }) != today else { continue }
      if let trace = entry.outcome.trace {
        try store.saveTrace(
          StoredTrace(
            name: name, source: trace.source, start: trace.series.start, step: trace.series.step,
            samples: trace.series.rawValues), at: now)
      }
      let result = entry.shown { PlanReport(entry.outcome, provenance: entry.provenance).json() }
      try store.savePlan(name: name, document: entry.text, result: result, at: now)
      if let forecast = entry.outcome.demand.forecast {
        var json = JSONWriter()
        json.object { forecast.law.write(to: &$0) }
        try store.saveForecast(
          of: name, start: forecast.mid.start, step: forecast.mid.step, result: json.text, at: now)
      }
      state.withLock { $0.keptOn[name] = today }
    }
  }
}

import Planning
import Quantities
import Reporting
import Storing
import Synchronization

/// What the dashboard is told when it starts.
public struct SiteSettings: Sendable {
  /// Of the program.
  public var version: String
  public var hosts: HostNames
  public var door: Door
  /// What random numbers of plans and simulations start from.
  public var seed: UInt64
  /// Runs independent work over the cores.
  public var workers: any Workers
  /// The clock.
  public var clock: @Sendable () -> Timestamp

  public init(
    version: String, hosts: HostNames = HostNames(), door: Door = Door(), seed: UInt64 = 1, workers: any Workers,
    clock: @escaping @Sendable () -> Timestamp
  ) {
    self.version = version
    self.hosts = hosts
    self.door = door
    self.seed = seed
    self.workers = workers
    self.clock = clock
  }
}

/// Runs independent work over the cores, results in order.
public protocol Workers: Sendable {
  /// How many run at once.
  var count: Int { get }
  func map<Result: Sendable>(_ count: Int, _ transform: @escaping @Sendable (Int) -> Result) -> [Result]
}

/// The dashboard without its sockets: a request in, an answer out.
public final class Site: Sendable {
  public let settings: SiteSettings
  public let limits: RateLimits
  /// What was measured of the server itself.
  public let meters = Meters()
  public let runs: RunRegistry
  /// Nil where there is none.
  let store: Store?
  let pages: Pages
  private let router: Router
  private let current: Mutex<Board>
  private let cache = PageCache()
  private let whatIfs = WhatIfCache()
  private let gate: ComputeGate
  /// Nil until somebody watches.
  private let watched = Mutex<[AlertBook.Standing]?>(nil)

  /// - Parameters:
  ///   - board: the services to begin with.
  ///   - store: where runs, forecasts and reviews are read from.
  public init(_ settings: SiteSettings, board: Board = Board(), store: Store? = nil, limits: RateLimits = RateLimits())
  {
    self.settings = settings
    self.limits = limits
    self.store = store
    pages = Pages(version: settings.version, hasStore: store != nil)
    router = Router(routes: Routes.all)
    runs = RunRegistry(workers: settings.workers, clock: settings.clock)
    current = Mutex(board)
    gate = ComputeGate(settings.workers.count)
  }

  /// The answer to a request; never none.
  public func answer(_ request: Request) -> Response {
    let start = settings.clock()
    let (response, pattern) = router.answer(request, self, at: start)
    meters.count(pattern, request.method, response.status, seconds: (settings.clock() - start).seconds)
    return response
  }

  /// The answer to what is no request at all.
  func refusal(_ problem: Problem) -> Response {
    meters.count("other", "other", problem.status, seconds: 0)
    return router.finished(problem.json(), isEncrypted: false)
  }

  /// The services as they stand.
  public var board: Board { current.withLock { $0 } }

  /// What somebody must know: as it was watched, or as the plans say now.
  var standing: [AlertBook.Standing] {
    if let watched = watched.withLock({ $0 }) { return watched }
    let board = board
    return Alert.all(of: board).map { AlertBook.Standing(alert: $0, since: board.made ?? settings.clock()) }
  }
  func setStanding(_ standing: [AlertBook.Standing]) { watched.withLock { $0 = standing } }

  /// Puts new answers in place of the old ones.
  public func replace(_ board: Board) {
    current.withLock { old in
      var board = board
      board.generation = old.generation + 1
      old = board
    }
    cache.clear()
    whatIfs.clear()
  }

  /// A page or document that is the same until the services change, made once.
  func cached(_ key: String, type: MediaType, _ make: () throws(Problem) -> String) throws(Problem) -> Response {
    try cache.response(key, generation: board.generation, type: type, make)
  }

  /// A service by its name.
  func service(_ name: String) throws(Problem) -> ServiceEntry {
    let board = board
    if let entry = board.services.first(where: { $0.name == name }) { return entry }
    let names = board.services.prefix(10).map(\.name).joined(separator: ", ")
    throw .notFound(
      "No service of that name is served. "
        + (names.isEmpty ? "None is." : "There are: \(names)\(board.services.count > 10 ? ", ..." : "")."))
  }

  /// A plan's answer with something changed; what was asked lately is remembered.
  func changed(_ entry: ServiceEntry, _ question: WhatIf) throws(Problem) -> PlanOutcome {
    if question.isNothing { return entry.outcome }
    let problems = question.problems(for: entry.outcome.plan)
    guard problems.isEmpty else {
      throw Problem(
        409, "Cannot be asked of this plan",
        problems.map { "\($0.message): \($0.remedy)" }.joined(separator: "; ") + ".",
        fields: problems.map { Request.Field($0.field, "\($0.message): \($0.remedy)") })
    }
    let generation = board.generation
    if let known = whatIfs.outcome(entry.name, question, generation) { return known }
    return try gate.pass { () throws(Problem) -> PlanOutcome in
      do throws(PlanningError) {
        let outcome = try Planner.outcome(of: entry.outcome, if: question, seed: entry.seed)
        whatIfs.keep(outcome, entry.name, question, generation)
        return outcome
      } catch {
        throw Problem(409, "Cannot be answered", "\(error)")
      }
    }
  }

  /// Counts a request against what its client may have computed.
  func charge(_ request: Request) throws(Problem) {
    if let wait = limits.takeComputing(request.client, at: settings.clock()) { throw .tooMany(wait) }
  }
}

/// The last answers to what-if questions: sliders go back and forth.
final class WhatIfCache: Sendable {
  private struct Key: Hashable {
    var name: String
    var question: WhatIf
  }
  private struct State {
    var generation = 0
    var outcomes: [Key: PlanOutcome] = [:]
    var order: [Key] = []
  }
  private let state = Mutex(State())
  /// An outcome holds its futures, some megabytes.
  static let most = 16

  func outcome(_ name: String, _ question: WhatIf, _ generation: Int) -> PlanOutcome? {
    state.withLock { $0.generation == generation ? $0.outcomes[Key(name: name, question: question)] : nil }
  }
  func keep(_ outcome: PlanOutcome, _ name: String, _ question: WhatIf, _ generation: Int) {
    let key = Key(name: name, question: question)
    state.withLock { state in
      if state.generation != generation { state = State(generation: generation) }
      if state.outcomes.updateValue(outcome, forKey: key) == nil { state.order.append(key) }
      if state.order.count > Self.most { state.outcomes[state.order.removeFirst()] = nil }
    }
  }
  func clear() { state.withLock { $0 = State() } }
}

/// Pages and documents as bytes, with tags by which browsers ask whether theirs is still good.
final class PageCache: Sendable {
  private struct Page {
    var bytes: [UInt8]
    var packed: [UInt8]?
    var tag: String
    var type: MediaType
    var size: Int { bytes.count + (packed?.count ?? 0) }
  }
  private struct State {
    var generation = -1
    var pages: [String: Page] = [:]
    var size = 0
    /// Pages that somebody is making at this moment: a crowd that wants one waits for it, and does not make it again.
    var making: Set<String> = []
  }
  private let state = Mutex(State())
  /// Pages are a few hundred kilobytes; a thousand services' would not all be looked at.
  static let mostBytes = 64 << 20

  func response(
    _ key: String, generation: Int, type: MediaType, _ make: () throws(Problem) -> String
  ) throws(Problem) -> Response {
    if let page = awaited(key, generation) { return Self.response(page) }
    defer { state.withLock { _ = $0.making.remove(key) } }
    let text = try make()
    let bytes = Array(text.utf8)
    let page = Page(
      bytes: bytes, packed: ContentEncoding.gzip(bytes, level: 6), tag: "\"\(fingerprint(text))\"", type: type)
    state.withLock { state in
      if state.generation != generation || state.size + page.size > Self.mostBytes {
        state = State(generation: generation, making: state.making)
      }
      if state.pages.updateValue(page, forKey: key) == nil { state.size += page.size }
    }
    return Self.response(page)
  }

  /// The page once it is made; nil for whoever is to make it.
  private func awaited(_ key: String, _ generation: Int) -> Page? {
    while true {
      let (page, isMaker) = state.withLock { state -> (Page?, Bool) in
        if state.generation == generation, let page = state.pages[key] { return (page, false) }
        return (nil, state.making.insert(key).inserted)
      }
      if page != nil || isMaker { return page }
      Thread.sleep(seconds: 0.002)
    }
  }

  private static func response(_ page: Page) -> Response {
    var response = Response(200, type: page.type, page.bytes, headers: [Request.Field("ETag", page.tag)])
    response.packed = page.packed
    return response
  }
  func clear() { state.withLock { $0 = State(making: $0.making) } }
}

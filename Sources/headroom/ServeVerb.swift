import Connecting
import Dashboard
import Documents
import Glibc
import LoadTesting
import Planning
import Quantities
import Storing
import Terminal

struct ServeVerb: Verb {
  static let info = VerbInfo(
    "serve", "how do all services stand? (a dashboard)",
    discussion: """
      Serves plan files, and the plans of a store with the traffic that was kept with them, as a dashboard: services by \
      date of exhaustion, each plan's page with what-if controls, simulations, a JSON interface (/openapi.json) and \
      metrics for Prometheus (/metrics). Every number is made by the same code as 'headroom plan'.

      It listens on this machine alone. Anything else wants --token-file (clients send 'Authorization: Bearer TOKEN', \
      browsers the token as the password of any user) or --client-authorities with TLS. Names by which it is reached \
      besides are given with --host: a request under another name is not answered.

      With --watch it reads and answers the plans anew on a cadence, keeps plans and forecasts in the store once a day, and \
      tells what 'headroom check' would fail for, with its reason and its remedy, to a webhook or an Alertmanager \
      (HEADROOM_WEBHOOK_TOKEN is sent as a bearer's). What was told once is not told again, also after a restart with the \
      same store.

      Ctrl-C or SIGTERM ends it once what is on its way is answered.
      """,
    examples: [
      Example("headroom serve plan.yaml", "one plan, at http://127.0.0.1:8080/"),
      Example("headroom serve --store headroom.db", "the plans that 'headroom plan --store' kept"),
      Example("headroom serve plans/*.yaml --listen 127.0.0.1:0", "many, at a free port"),
      Example(
        "headroom serve plan.yaml --store headroom.db --watch 15m --alertmanager http://localhost:9093", "and alerts"),
      Example(
        "headroom serve --store headroom.db --listen 0.0.0.0:8443 --host plans.example.org --token-file token --tls-key key.pem --tls-certificate cert.pem",
        "for a team"),
    ], seeAlso: ["plan", "check", "review"], section: "Plan")

  let common: SharedOptions
  let files: [String]
  let store: String?
  let catalog: String?
  let access: PlanAccess
  let listen: String
  let hosts: [String]
  let tokenFile: String?
  let key: String?
  let certificate: String?
  let authorities: String?
  let rate: Double?
  let computingRate: Double?
  let bodyLimit: Int
  let connections: Int
  let cadence: Duration?
  let webhook: String?
  let alertmanager: String?

  init(_ a: inout Arguments) throws(UsageError) {
    store = try a.option(
      "store", value: "FILE", help: "serve the plans, runs and forecasts of this database", completion: .files(["db"]))
    catalog = try a.option("catalog", value: "FILE", help: "a catalog file of your own", completion: .files(["json"]))
    a.section("Who may ask")
    listen = try a.option(
      "listen", value: "ADDRESS:PORT", default: "127.0.0.1:8080", help: "where to listen; port 0 takes a free one")
    hosts = try a.options("host", value: "NAME", help: "a name by which it is reached, beside localhost")
    tokenFile = try a.option(
      "token-file", value: "FILE", help: "clients must know what stands in this file", completion: .files([]))
    key = try a.option("tls-key", value: "FILE", help: "speak TLS with this key (PEM)", completion: .files(["pem"]))
    certificate = try a.option(
      "tls-certificate", value: "FILE", help: "and this certificate (PEM)", completion: .files(["pem"]))
    authorities = try a.option(
      "client-authorities", value: "FILE", help: "clients must show a certificate of these authorities (PEM)",
      completion: .files(["pem"]))
    a.section("How much")
    rate = try a.option(
      "rate", value: "N", help: "requests a second from one address (default 2000; on this machine alone no limit)")
    computingRate = try a.option(
      "compute-rate", value: "N", help: "of these, requests that compute (default 50, likewise)")
    bodyLimit = try a.option("body-limit", value: "KIB", default: 1024, help: "the largest body, in KiB")
    connections = try a.option("connections", value: "N", default: 1000, help: "connections at the same time")
    a.section("Scheduled work")
    let watch: String? = try a.option(
      "watch", value: "CADENCE", help: "read and answer the plans anew this often, as 15m; keep a history in the store")
    cadence = watch.flatMap { try? Duration.parse($0) }
    webhook = try a.option("webhook", value: "URL", help: "send what is new there, as JSON; never the same thing twice")
    alertmanager = try a.option("alertmanager", value: "URL", help: "send what stands to this Alertmanager")
    let isCadence = watch == nil || (cadence.map { $0 >= .seconds(1) && $0 <= .days(31) } ?? false)
    a.check(isCadence, "'--watch' is a span from 1s to 31d, as 15m.")
    let isWatched = cadence != nil || (webhook == nil && alertmanager == nil)
    a.check(isWatched, "Who watches is told what is new. Add --watch 15m.")
    a.section("")
    access = try AccessOptions.read(&a)
    files = try a.positionals("FILE", help: "plan files", completion: .files(["yaml", "yml"]))
    common = try SharedOptions(&a, seed: 1, now: true)
    let isGiven = a.isDeclaring || !files.isEmpty || store != nil
    a.check(isGiven, "Nothing is named that could be served. Write 'headroom serve plan.yaml', or --store headroom.db.")
    let isPair = (key == nil) == (certificate == nil)
    a.check(isPair, "TLS needs a key and a certificate. Give --tls-key and --tls-certificate together.")
    let hasTLS = authorities == nil || key != nil
    a.check(
      hasTLS, "'--client-authorities' asks for certificates, which TLS carries. Add --tls-key and --tls-certificate.")
    a.check(
      [rate, computingRate].allSatisfy { $0.map { $0 > 0 && $0 <= 1e9 } ?? true },
      "A rate is a positive number of requests a second.")
    a.check((1...65536).contains(bodyLimit), "'--body-limit' is 1 to 65536 KiB.")
    a.check((1...100_000).contains(connections), "'--connections' is 1 to 100000.")
  }

  /// A token that is guessed in a day is none.
  private static let shortestToken = 16

  func run() throws -> ExitCode {
    let (now, isNowGiven) = try Clock.moment(common)
    let kept = try openStore()
    let address = try ListenAddress(listen)
    var settings = SiteSettings(
      version: Headroom.version, hosts: HostNames(hosts + (address.isLoopback ? [] : [address.name])),
      seed: common.seed, workers: Cores(), clock: { Clock.now() })
    if let tokenFile { settings.door.keys.append(.token(try token(tokenFile))) }
    if authorities != nil { settings.door.keys.append(.certificate) }
    let limit = rate ?? (address.isLoopback ? 1e9 : 2000)
    let computing = computingRate ?? (address.isLoopback ? 1e9 : 50)
    let site = Site(
      settings, store: kept,
      limits: RateLimits(
        all: .init(perSecond: limit, burst: limit * 2), computing: .init(perSecond: computing, burst: computing * 4)))
    var options = Server.Options(address: address)
    options.bodyLimit = bodyLimit << 10
    options.connections = connections
    if let key { options.key = try text(key) }
    if let certificate { options.certificate = try text(certificate) }
    if let authorities { options.authorities = try text(authorities) }
    // A browser that leaves in the midst of an answer ends nothing.
    signal(SIGPIPE, SIG_IGN)
    let server = try Server(site, options)
    Interruption.install()
    defer { Interruption.uninstall() }
    var shelf = PlanShelf(
      files: files, store: kept,
      options: PlanFile.Options(now: now, isNowGiven: isNowGiven, catalog: catalog, access: access), seed: common.seed,
      version: Headroom.version)
    shelf.asksSources = cadence != nil
    let bar = ProgressBar("answering plans", total: 1, on: common.console)
    let board = shelf.board(workers: Cores(), now: now) { done, total in
      bar.update(to: Double(done) / Double(max(1, total)))
    }
    bar.finish()
    site.replace(board)
    // Where nothing can be served, and nobody looks again, there is nothing to stay for.
    guard cadence != nil || !board.services.isEmpty || board.faults.isEmpty else {
      server.stop()
      throw Failure(board.faults.map { "\($0.name): \($0.problem)" }, exitCode: .badInput)
    }
    for fault in board.faults { common.console.warn("\(fault.name): \(fault.problem)") }
    if !address.isLoopback, key == nil {
      common.console.warn(
        "the token and everything else goes over the network in the clear. Add --tls-key and --tls-certificate.")
    }
    common.console.print(server.address)
    common.console.result.flush()
    common.console.note(
      "Serving \(board.services.count) service\(board.services.count == 1 ? "" : "s") at \(server.address); Ctrl-C ends it."
    )
    try stay(site, shelf, board, server.address, keepsHistory: kept != nil && isStoreWritable)
    server.stop()
    common.console.note("Stopped.")
    return .done
  }

  /// Until somebody asks to end; with a cadence the plans are read and answered anew on the way.
  private func stay(_ site: Site, _ shelf: PlanShelf, _ board: Board, _ address: String, keepsHistory: Bool) throws {
    guard let cadence else {
      while !Interruption.isRequested { Clock.sleep(0.2) }
      return
    }
    let client = HTTPClient(
      credentials: try Credentials.named("HEADROOM_WEBHOOK"))
    let options = Watch.Options(
      cadence: cadence, webhook: webhook, alertmanager: alertmanager, address: publicAddress(address),
      keepsHistory: keepsHistory)
    let watch = try Watch(site, options) { url, json in
      do throws(ConnectingError) {
        let answer = try client.answer(to: HTTPRequest(url: url, json: Array(json.utf8)))
        return (200...299).contains(answer.status) ? nil : "\(Secret.masked(url: url)) answered \(answer.status)."
      } catch { return "\(error)" }
    }
    var latest = board
    var told: [String] = []
    var next = Clock.now()
    while !Interruption.isRequested {
      if Clock.now() >= next {
        let problems = watch.look(at: latest)
        // What stays as it was is not said with every look.
        for problem in problems where !told.contains(problem) { common.console.warn(problem) }
        told = problems
        next = Clock.now() + cadence
      }
      Clock.sleep(min(0.2, cadence.seconds / 4))
      guard Clock.now() >= next, !Interruption.isRequested else { continue }
      latest = shelf.board(workers: Cores(), now: Clock.now()) { _, _ in }
      site.replace(latest)
    }
  }

  /// Where others reach it: by the first name that was given.
  private func publicAddress(_ address: String) -> String {
    guard let name = hosts.first, let port = address.split(separator: ":").last else { return address }
    return "\(key == nil ? "http" : "https")://\(name):\(port)"
  }

  /// Whether the history of scheduled work can be kept.
  private var isStoreWritable: Bool { store.map { Glibc.access($0, W_OK) == 0 } ?? false }

  private func openStore() throws -> Store? {
    guard let store else { return nil }
    guard Glibc.access(store, F_OK) == 0 else {
      throw Failure(
        "There is no store '\(store)'. Keep a plan first: headroom plan plan.yaml --store \(ShellWord.file(store))",
        exitCode: .badInput)
    }
    return try Store(path: store, access: cadence != nil && isStoreWritable ? .readWrite : .readOnly)
  }

  private func text(_ file: String) throws -> String { String(decoding: try Input.read(path: file), as: UTF8.self) }

  /// What stands in the token file, without the white space around it.
  private func token(_ file: String) throws -> [UInt8] {
    let spaces: [UInt8] = [9, 10, 13, 32]
    let bytes = try Input.read(path: file).drop { spaces.contains($0) }
    let token = Array(bytes.reversed().drop { spaces.contains($0) }.reversed())
    guard token.count >= Self.shortestToken, token.allSatisfy({ (33...126).contains($0) }) else {
      throw Failure(
        "\(file) holds no token of at least \(Self.shortestToken) printable characters. Make one: head -c 32 /dev/urandom | base64 > \(ShellWord.file(file))",
        exitCode: .badInput)
    }
    return token
  }
}

/// The cores of this machine, as the dashboard uses them.
struct Cores: Workers {
  var count: Int { ParallelMap.threads }
  func map<Result: Sendable>(_ count: Int, _ transform: @escaping @Sendable (Int) -> Result) -> [Result] {
    ParallelMap.map(count, transform)
  }
}

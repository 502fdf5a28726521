import LoadTesting
import Quantities
import Reporting
import Terminal

struct LoadMirrorVerb: Verb {
  static let info = VerbInfo(
    "mirror", "what would a second service make of the traffic that the first one has?",
    discussion: """
      Stands between clients and a service and passes every byte on unchanged. A share of the requests is sent to a \
      second service too, over connections of its own; its answers are read and thrown away, statuses and latencies \
      compared. Whatever the second service does, slow, stalled or dead, the first neither waits nor fails: what does \
      not fit into the bounded queue is dropped and counted.

      HTTP/1.1 is looked at; what is something else, or becomes so (an upgrade to WebSocket), passes on unseen and is not \
      copied. Requests keep their Host and their path. Copied requests may change something in the second service: \
      --safe copies only GET, HEAD, OPTIONS and TRACE. The report comes with Ctrl-C or after --duration.
      """,
    examples: [
      Example(
        "headroom load mirror --listen 127.0.0.1:8080 --to http://localhost:8081 --shadow http://localhost:8082",
        "every request"),
      Example(
        "headroom load mirror --listen 127.0.0.1:8080 --to http://localhost:8081 --shadow http://localhost:8082 "
          + "--share 10% --safe", "a tenth of those that only read"),
    ], seeAlso: ["load replay", "load"], section: "Testing")

  let common: SharedOptions
  let listen: AddressArgument
  let first: String
  let shadow: String
  let share: ShareArgument
  let onlySafe: Bool
  let duration: SpanArgument?
  let pace: ConnectionArguments
  let queue: Int
  let queueBytes: SizeArgument
  let largest: SizeArgument
  let allowedHosts: [String]

  init(_ a: inout Arguments) throws(UsageError) {
    a.section("Mirror")
    listen = try a.option("listen", value: "HOST:PORT", help: "where clients connect to; port 0 is any that is free")
    first = try a.option("to", value: "URL", help: "the service whose traffic it is")
    shadow = try a.option("shadow", value: "URL", help: "the service that gets the copies")
    share = try a.option("share", value: "SHARE", default: ShareArgument(1), help: "how much of the traffic is copied")
    onlySafe = a.flag("safe", help: "copy only requests that change nothing: GET, HEAD, OPTIONS, TRACE")
    duration = try a.option("duration", short: "d", value: "TIME", help: "end by itself after this time")
    a.section("Bounds")
    pace = try ConnectionArguments(&a, connections: 32, "the most to the shadow", of: "the shadow")
    queue = try a.option("queue", value: "N", default: 1000, help: "requests that may wait for the shadow")
    queueBytes = try a.option(
      "queue-bytes", value: "SIZE", default: SizeArgument(64 << 20), help: "memory for copies, all together")
    largest = try a.option(
      "max-copy", value: "SIZE", default: SizeArgument(1 << 20), help: "larger requests are not copied")
    a.section("Safety")
    allowedHosts = try SafetyArguments.hosts(&a, "get the traffic or its copies")
    a.check(queue > 0, "'--queue' is a number above 0. Write --queue 1000.")
    let hasConnections = (1...1000).contains(pace.connections)
    a.check(hasConnections, "'--connections' is a number from 1 to 1000. Write --connections 32.")
    common = try SharedOptions(&a, formats: [.text, .json], seed: 1)
  }

  func run() throws -> ExitCode {
    let console = common.console
    var settings = MirrorProxy.Settings(listenHost: listen.host, listenPort: listen.port, share: share.value)
    settings.onlySafe = onlySafe
    settings.seed = common.seed
    settings.shadowTimeout = pace.timeout
    settings.shadowConnections = pace.connections
    settings.queue = queue
    settings.queueBytes = queueBytes.bytes
    settings.largestRequest = largest.bytes
    settings.duration = duration?.span
    let proxy = try MirrorProxy(
      to: LoadTarget(url: first, allowedHosts: allowedHosts),
      shadow: LoadTarget(url: shadow, allowedHosts: allowedHosts),
      settings)
    console.note(
      "Listening on \(listen.host):\(proxy.port), passing on to \(Secret.masked(url: first)), copying \(share.argumentText) to \(Secret.masked(url: shadow)). "
        + "Ctrl-C ends it with a report.")
    Interruption.install()
    defer { Interruption.uninstall() }
    let result = try proxy.run(
      isInterrupted: { Interruption.isRequested },
      onSecond: { second in
        guard !console.isQuiet else { return }
        let line = second.terminal
        if console.isWatched {
          console.messages.redraw("\r\u{1B}[K", line)
        } else if second.second % 10 == 0 {
          console.messages.write(line + "\n")
        }
      })
    if console.isWatched, !console.isQuiet { console.messages.redraw("\r\u{1B}[K") }
    if common.format == .json {
      console.print(
        result.json(
          LoadQuestion([
            ("to", .text(Secret.masked(url: first))), ("shadow_url", .text(Secret.masked(url: shadow))),
            ("share", .number(share.value)),
            ("seed", LoadQuestion.seed(common.seed)),
          ])))
    } else {
      console.write(result.terminal(first: Secret.masked(url: first), width: console.width, style: console.style))
    }
    // Ctrl-C is how a mirror without a duration ends: that is no failure.
    return Interruption.isRequested && duration != nil ? .interrupted : .done
  }
}

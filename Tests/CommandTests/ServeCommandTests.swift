import Documents
import Glibc
import HeadroomTesting
import Testing

/// `headroom serve`, as a user runs it.
@Suite struct ServeCommandTests {
  /// The program with its address, once it says it.
  private func serve(_ arguments: [String]) throws -> (program: ChildProcess, port: Int) {
    let program = try ChildProcess(Command.path, ["serve", "--listen", "127.0.0.1:0"] + arguments)
    let said = try program.read { $0.contains("Ctrl-C ends it.") }
    let line = try #require(said.split(separator: "\n").first { $0.hasPrefix("http://127.0.0.1:") })
    return (program, try #require(Int(line.split(separator: ":").last?.filter(\.isNumber) ?? "")))
  }

  private func ask(_ port: Int, _ target: String) throws -> String {
    let client = try RawClient(port: port)
    client.send("GET \(target) HTTP/1.1\r\nHost: localhost:\(port)\r\nConnection: close\r\n\r\n")
    return client.readAll().text
  }

  private let plan = TestData.checkout + "/Tests/CommandTests/Golden/plan-without-history/plan.yaml"

  @Test("it serves a plan file's numbers, and SIGTERM ends it")
  func serves() throws {
    let (program, port) = try serve([plan])
    let told = try #require(try ask(port, "/api/v1/services").split(separator: "\r\n\r\n").last)
    let services = try #require(try JSON.parse(Array(told.utf8))["services"]?.elements)
    let name = try #require(services.first?["name"]?.string)
    let planned = try Command.run(["plan", plan, "--json"])
    let replicas = try JSON.parse(planned.stdout, file: "stdout")["sizing"]?["replicas"]?.integer
    #expect(services.count == 1 && services[0]["replicas"]?.integer == replicas)
    #expect(try ask(port, "/services/\(name)").hasPrefix("HTTP/1.1 200 "))
    kill(program.id, SIGTERM)
    #expect(program.wait() == 0)
  }

  @Test("a store's plans are served with the traffic that was kept, without their files")
  func store() throws {
    let folder = try Command.temporaryFolder()
    defer { Command.remove(folder: folder) }
    let store = folder + "/kept.db"
    let source = TestData.checkout + "/Tests/CommandTests/Golden/plan-services-markdown"
    let kept = try Command.run(["plan", "plan.yaml", "--store", store], in: source)
    #expect(kept.exit == 0 || kept.exit == 2, "\(kept.stderr)")
    let (program, port) = try serve(["--store", store])
    defer { kill(program.id, SIGTERM) }
    let told = try ask(port, "/api/v1/services")
    #expect(told.contains("\"faults\": []") && told.contains("\"name\": "), "\(told)")
    #expect(try ask(port, "/load-tests").contains("No load test is kept yet."))
    #expect(try ask(port, "/api/v1/forecasts").hasPrefix("HTTP/1.1 200 "))
  }

  @Test("a plan that cannot be read is told on the page and keeps the others from nothing")
  func broken() throws {
    let (program, port) = try serve([plan, "/nowhere/plan.yaml"])
    defer { kill(program.id, SIGTERM) }
    let page = try ask(port, "/")
    #expect(page.contains("/nowhere/plan.yaml") && page.contains("could not be answered"))
  }

  @Test(
    "what keeps it from starting is said with its remedy",
    arguments: [
      (["--listen", "0.0.0.0:0"], 64, "--token-file"), (["--listen", "8080"], 64, "127.0.0.1:8080"),
      (["--store", "/nowhere/x.db"], 65, "There is no store"), (["--tls-key", "/dev/null"], 64, "--tls-certificate"),
      (["--token-file", "/dev/null"], 65, "is it the right file?"), (["--client-authorities", "x"], 64, "--tls-key"),
    ])
  func refusals(_ arguments: [String], _ exit: Int32, _ remedy: String) throws {
    let result = try Command.run(["serve", plan] + arguments)
    #expect(result.exit == exit && result.stderr.contains(remedy), "\(result.exit): \(result.stderr)")
  }

  @Test("a port that is taken is told")
  func occupied() throws {
    let (program, port) = try serve([plan])
    defer { kill(program.id, SIGTERM) }
    let result = try Command.run(["serve", plan, "--listen", "127.0.0.1:\(port)"])
    #expect(result.exit == 1 && result.stderr.contains("another process listens at 127.0.0.1:\(port)"))
  }
}

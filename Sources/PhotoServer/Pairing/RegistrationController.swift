import HTTPTypes
import Hummingbird
import PhotoLibrary

/// `/api/v1/display/registrations`: how a display gets its credentials.
struct RegistrationController: Sendable {
    let admission: DisplayAdmission
    let endpoints: DisplayEndpoints
    let site: Site

    func addRoutes(to router: some RouterMethods<PhotoServerRequestContext>) {
        router.post("display/registrations") { request, context in
            let registration = try await request.json(DisplayAdmission.Registration.self)
            let address = self.site.clientAddress(request, peer: context.peer)
            return try self.response(try await self.admission.register(registration, address: address), request)
        }
        router.get("display/registrations/{id}") { request, context in
            guard let secret = request.bearerToken else { throw Problem.registrationNotFound }
            let id = try context.parameters.require("id")
            return try self.response(try await self.admission.wait(for: id, secret: secret), request)
        }
    }

    private struct Approved: Encodable {
        struct Etcd: Encodable {
            let endpoints: [String]
            let user: String?
            let password: String?
            /// PEM.
            let ca: String?
        }
        struct Display: Encodable {
            let id: String
            let name: String
        }
        let state = "approved"
        let token: String
        /// Absent for a browser.
        let etcd: Etcd?
        let display: Display
    }

    private struct Pending: Encodable {
        let state = "pending"
        let registration: String
        /// For the screen, until it ends or the next answer brings another.
        let code: String
        let expiresInSeconds: Int
        /// Where a person who reads it from the screen can type the code; made for a QR code.
        let pairingURL: String
    }

    private func response(_ answer: DisplayAdmission.Answer, _ request: Request) throws -> Response {
        switch answer {
        case .approved(let record, let token, let login):
            let etcd = Approved.Etcd(
                endpoints: self.endpoints.endpoints(for: request), user: login?.user, password: login?.password,
                ca: self.endpoints.authority)
            return try .json(
                Approved(
                    token: token, etcd: record.kind == .viewer ? etcd : nil,
                    display: .init(id: record.id, name: record.name)))
        case .pending(let id, let code, let lives):
            let url = self.site.url(
                path: "/pair?code=\(code)", listening: request.head.authority ?? "localhost")
            return try .json(
                Pending(
                    registration: id, code: code.text, expiresInSeconds: Int(lives.components.seconds),
                    pairingURL: url),
                status: .accepted)
        }
    }
}

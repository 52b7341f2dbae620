// Whoever logs in by "Try it out" is signed in on this page, as if they had pasted the tokens.
const SIGN_IN = ["/api/v1/auth/login", "/api/v1/auth/refresh"];

function authorize(scheme, token) {
  const schema = ui.specSelectors.specJson().getIn(["components", "securitySchemes", scheme]);
  if (schema && token) {
    ui.authActions.authorizeWithPersistOption({ [scheme]: { name: scheme, schema, value: token } });
  }
}

const ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  // Without the bar that invites to explore other hosts' documents.
  layout: "BaseLayout",
  deepLinking: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  filter: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
  responseInterceptor: (response) => {
    if (response.ok && SIGN_IN.includes(new URL(response.url).pathname)) {
      authorize("bearerAuth", response.body.access_token);
      authorize("refreshAuth", response.body.refresh_token);
    }
    return response;
  },
});

// A login with "Try it out" also signs the user in on this page, so that the user need not enter the tokens.
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
  // This layout has no bar with an input field for the address of another OpenAPI document.
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

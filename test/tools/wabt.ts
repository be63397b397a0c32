// wabt for packaging/, which does not see the packages of test/.

export { default } from 'wabt';
